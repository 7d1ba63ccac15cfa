package com.octomil.privacy.deploy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script for Secrets gives the overlays what they refer to, and certificates that work. */
class SecretsTest {

  private static final Path SCRIPT =
      KustomizeTest.DIRECTORY.resolve("create-secrets").toAbsolutePath();
  private static final String NAMESPACE = "octomil-global";

  @TempDir Path temporary;

  private record Result(int status, String output, String errors) {}

  private Result run(String... arguments) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is missing");
    Path errors = temporary.resolve("errors");
    List<String> command = new ArrayList<>(List.of("bash", SCRIPT.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder
        .environment()
        .merge(
            "PATH",
            Path.of(System.getProperty("java.home"), "bin").toString(),
            (path, jdk) -> path + ":" + jdk);
    Process process = builder.start();
    process.getOutputStream().close();
    try (InputStream output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), US_ASCII);
      return new Result(process.waitFor(), text, Files.readString(errors));
    }
  }

  private Map<String, Map<String, byte[]>> secrets() throws IOException, InterruptedException {
    Result result = run(temporary.resolve("kept").toString(), NAMESPACE);
    assertThat(result.status()).as(result.errors()).isZero();
    Manifests manifests = Manifests.of(result.output());
    assertThat(StructureChecks.of(manifests)).isEmpty();
    Map<String, Map<String, byte[]>> secrets = new TreeMap<>();
    for (Resource secret : manifests.ofKind("Secret")) {
      assertThat(secret.namespace()).isEqualTo(NAMESPACE);
      Map<String, byte[]> data = new TreeMap<>();
      Json.texts(secret.json(), "data")
          .forEach((key, value) -> data.put(key, Base64.getDecoder().decode(value)));
      secrets.put(secret.name(), data);
    }
    return secrets;
  }

  @Test
  void allThatIsReferredTo() throws Exception {
    Map<String, Map<String, byte[]>> secrets = secrets();
    TreeSet<String> referred = new TreeSet<>();
    for (String part : List.of("base/budget", "base/region", "components/trial-postgresql")) {
      Path file = KustomizeTest.DIRECTORY.resolve(part + "/resources.yaml");
      for (Resource.Pod pod : Manifests.of(Files.readString(file)).pods()) {
        for (JsonObject volume : Json.objects(pod.spec(), "volumes")) {
          Json.text(volume, "secret", "secretName").ifPresent(referred::add);
          Json.text(volume, "secret", "secretName")
              .ifPresent(name ->
                  Json.objects(volume, "secret", "items")
                      .forEach(item ->
                          assertThat(secrets.get(name))
                              .containsKey(Json.text(item, "key").orElseThrow())));
        }
        for (JsonObject container : pod.containers()) {
          for (JsonObject variable : Json.objects(container, "env")) {
            Json.text(variable, "valueFrom", "secretKeyRef", "name").ifPresent(referred::add);
            Json.text(variable, "valueFrom", "secretKeyRef", "name")
                .ifPresent(name ->
                    assertThat(secrets.get(name))
                        .containsKey(
                            Json.text(variable, "valueFrom", "secretKeyRef", "key").orElseThrow()));
          }
        }
      }
    }
    assertThat(secrets.keySet()).isEqualTo(referred);
  }

  @Test
  void certificatesHold() throws Exception {
    Map<String, Map<String, byte[]>> secrets = secrets();
    X509Certificate authority = certificate(secrets.get("octomil-database-ca").get("ca.crt"));
    for (String service :
        List.of("octomil-budget", "octomil-relay", "octomil-aggregator", "octomil-postgresql")) {
      Map<String, byte[]> tls = secrets.get(service + "-tls");
      X509Certificate certificate = certificate(tls.get("tls.crt"));
      certificate.verify(authority.getPublicKey());
      assertThat(names(certificate))
          .contains(service, service + "-grpc", service + "-grpc." + NAMESPACE + ".svc");
      assertThat(certificate.getExtendedKeyUsage())
          .as("server and client authentication")
          .containsExactlyInAnyOrder("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
      assertThat(certificate.getBasicConstraints()).as("no authority").isEqualTo(-1);
      assertBelongTogether(certificate, tls.get("tls.key"));
      assertThat(certificate(tls.get("ca.crt"))).isEqualTo(authority);
    }
  }

  @Test
  void keepsWhatMustStayTheSame() throws Exception {
    Map<String, Map<String, byte[]>> first = secrets();
    Map<String, Map<String, byte[]>> second = secrets();
    for (String name :
        List.of(
            "octomil-service-token",
            "octomil-bootstrap-key",
            "octomil-audit-signing-key",
            "octomil-database",
            "octomil-database-ca")) {
      first
          .get(name)
          .forEach((key, value) -> assertThat(second.get(name)).containsEntry(key, value));
    }
    assertThat(second.get("octomil-relay-tls").get("tls.crt"))
        .isNotEqualTo(first.get("octomil-relay-tls").get("tls.crt"));
    assertThat(new String(first.get("octomil-bootstrap-key").get("key"), US_ASCII))
        .matches("edg_[A-Za-z0-9_-]{43}");
    assertThat(new String(first.get("octomil-service-token").get("token"), US_ASCII))
        .matches("[A-Za-z0-9_-]{43}");
    assertThat(Files.getPosixFilePermissions(temporary.resolve("kept")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    assertThat(Files.getPosixFilePermissions(temporary.resolve("kept/ca.key")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void refusesBadNamespaces() throws Exception {
    Result result = run(temporary.resolve("kept").toString(), "Octomil_EU");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors()).contains("'Octomil_EU' is no name of a namespace");
    assertThat(temporary.resolve("kept")).doesNotExist();
  }

  private static X509Certificate certificate(byte[] pem) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }

  private static List<String> names(X509Certificate certificate) throws GeneralSecurityException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names.stream().map(name -> String.valueOf(name.get(1))).toList();
  }

  private static void assertBelongTogether(X509Certificate certificate, byte[] pem)
      throws GeneralSecurityException {
    String base64 = new String(pem, US_ASCII).replaceAll("-----[A-Z ]+-----|\\s", "");
    PrivateKey key =
        KeyFactory.getInstance("EC")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    byte[] message = "any".getBytes(US_ASCII);
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key);
    signature.update(message);
    byte[] signed = signature.sign();
    signature.initVerify(certificate);
    signature.update(message);
    assertThat(signature.verify(signed)).isTrue();
  }
}
