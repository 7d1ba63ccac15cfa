package com.octomil.privacy.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.octomil.privacy.docs.GeneratedDocument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/reference/grpc.md is what the contracts say. */
class GrpcReferenceTest {

  private static final GeneratedDocument DOCUMENT =
      new GeneratedDocument("docs/reference/grpc.md", "proto", GrpcReferenceTest.class);

  private static GrpcReference reference() throws IOException {
    try (InputStream contracts = Files.newInputStream(Path.of("target/contracts.binpb"))) {
      return new GrpcReference(FileDescriptorSet.parseFrom(contracts).getFileList());
    }
  }

  @Test
  void theReferenceIsWhatTheContractsSay() throws IOException {
    DOCUMENT.check("gRPC reference", reference().write());
  }

  @Test
  void everyCallSaysWhatItDoes() throws IOException {
    GrpcReference reference = reference();
    assertThat(reference.write()).contains("DeviceRelay", "DeviceAggregator", "BudgetLedger");
    assertThat(reference.uncommented()).isEmpty();
  }

  /** Each is a heading that others link to. */
  @Test
  void everyNameIsThereOnce() throws IOException {
    assertThat(reference().headings()).hasSizeGreaterThan(100).doesNotHaveDuplicates();
  }
}
