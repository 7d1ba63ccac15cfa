package com.octomil.privacy.budget.app.compliance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The ZIP archive of a DPIA bundle: {@code dpia.json} for machines, {@code dpia.html} to be
 * printed, each configuration that was ever in force, the checkpoint and the key that verifies it.
 */
final class DpiaArchive {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private DpiaArchive() {}

  static byte[] of(DpiaFacts facts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
      add(zip, facts, "dpia.json", json(DpiaJson.of(facts)));
      add(zip, facts, "dpia.html", DpiaPage.html(facts));
      for (ConfigurationRecord entry : facts.history()) {
        add(
            zip,
            facts,
            "configurations/version-"
                + entry.tag().version()
                + "-configuration-"
                + entry.tag().number()
                + ".json",
            json(DpiaJson.configuration(entry)));
      }
      add(zip, facts, "checkpoint.json", facts.checkpoint().toJson() + "\n");
      add(zip, facts, "audit-key.pem", facts.publicKeyPem());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("maps and numbers are JSON", e);
    }
  }

  private static void add(ZipOutputStream zip, DpiaFacts facts, String name, String text)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setLastModifiedTime(FileTime.from(facts.at()));
    zip.putNextEntry(entry);
    zip.write(text.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }
}
