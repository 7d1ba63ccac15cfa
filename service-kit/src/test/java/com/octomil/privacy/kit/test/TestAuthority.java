package com.octomil.privacy.kit.test;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/** A certificate authority that lives as long as a test. */
public final class TestAuthority {

  private final KeyPair keys;
  private final X509Certificate certificate;

  /**
   * A certificate and its key.
   *
   * @param certificate PEM
   * @param key PEM, PKCS #8
   * @param serial number of the certificate
   */
  public record Identity(String certificate, String key, BigInteger serial) {}

  private TestAuthority(KeyPair keys, X509Certificate certificate) {
    this.keys = keys;
    this.certificate = certificate;
  }

  /** An authority with a fresh key. */
  public static TestAuthority create(String name) {
    KeyPair keys = newKeys();
    return new TestAuthority(
        keys, sign(name, keys, name, keys, Instant.now().plus(Duration.ofDays(1)), true));
  }

  /** A certificate for 127.0.0.1 and localhost, as server and as client. */
  public Identity issue(String name) {
    return issue(name, Instant.now().plus(Duration.ofHours(12)));
  }

  /** The same, valid for a day until then, which may be in the past. */
  public Identity issue(String name, Instant notAfter) {
    KeyPair own = newKeys();
    X509Certificate issued =
        sign(
            name,
            own,
            certificate.getSubjectX500Principal().getName().substring("CN=".length()),
            keys,
            notAfter,
            false);
    return new Identity(
        pem("CERTIFICATE", encoded(issued)),
        pem("PRIVATE KEY", own.getPrivate().getEncoded()),
        issued.getSerialNumber());
  }

  /** The authority's own certificate as PEM. */
  public String pem() {
    return pem("CERTIFICATE", encoded(certificate));
  }

  /**
   * Puts {@code tls.crt}, {@code tls.key} and {@code ca.crt} into {@code folder/current} the way
   * Kubernetes does: a new folder, and a link that is moved to it at once.
   */
  public static void install(Path folder, Identity identity, String authorities) {
    try {
      Files.createDirectories(folder);
      Path next = Files.createTempDirectory(folder, "version-");
      Files.writeString(next.resolve("tls.crt"), identity.certificate());
      Files.writeString(next.resolve("tls.key"), identity.key());
      Files.writeString(next.resolve("ca.crt"), authorities);
      Path link = Files.createSymbolicLink(next.resolveSibling(next.getFileName() + ".link"), next);
      Files.move(
          link,
          folder.resolve("current"),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate sign(
      String name, KeyPair own, String issuer, KeyPair issuerKeys, Instant notAfter, boolean ca) {
    try {
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=" + issuer),
              new BigInteger(120, new SecureRandom()).add(BigInteger.ONE),
              Date.from(notAfter.minus(Duration.ofDays(2))),
              Date.from(notAfter),
              new X500Name("CN=" + name),
              own.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
      if (!ca) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                new GeneralName[] {
                  new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                  new GeneralName(GeneralName.dNSName, "localhost")
                }));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String type, byte[] content) {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, content));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
