package com.octomil.privacy.kit.tls;

import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with its key, and the authorities to trust, read from PEM files and read again when
 * those have changed. Connections keep what they were made with; every new one uses what was read
 * last. Files that cannot be used, or a key that is not that of the certificate, leave everything
 * as it was.
 *
 * <p>Thread-safe.
 */
final class ReloadingCredentials {

  private final Path certificateFile;
  private final Path keyFile;
  private final Path caFile;
  private final AdvancedTlsX509KeyManager keyManager = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager clientTrust;
  private final AdvancedTlsX509TrustManager serverTrust;
  private Contents current;
  private @Nullable Contents refused;

  /** What is in the three files. */
  private record Contents(byte[] certificate, byte[] key, byte[] authorities) {

    boolean sameAs(@Nullable Contents other) {
      return other != null
          && Arrays.equals(certificate, other.certificate)
          && Arrays.equals(key, other.key)
          && Arrays.equals(authorities, other.authorities);
    }
  }

  /**
   * Reads the files.
   *
   * @param certificateFile PEM, own certificate first
   * @param keyFile PEM, PKCS #8
   * @param caFile PEM, one or more authorities
   * @throws IOException if one cannot be read; the message names it
   * @throws GeneralSecurityException if one does not hold what it should; the message names it
   */
  ReloadingCredentials(Path certificateFile, Path keyFile, Path caFile)
      throws IOException, GeneralSecurityException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.caFile = caFile;
    // A caller is known by its authority; the name of a server is checked as well.
    this.clientTrust = trust(Verification.CERTIFICATE_ONLY_VERIFICATION);
    this.serverTrust = trust(Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION);
    this.current = read();
    use(current);
  }

  private static AdvancedTlsX509TrustManager trust(Verification verification)
      throws CertificateException {
    return AdvancedTlsX509TrustManager.newBuilder().setVerification(verification).build();
  }

  /** Presents the certificate that was read last. */
  X509ExtendedKeyManager keyManager() {
    return keyManager;
  }

  /** Trusts callers with a certificate of the authorities that were read last. */
  X509ExtendedTrustManager clientTrust() {
    return clientTrust;
  }

  /** Trusts servers with such a certificate for the name under which they were called. */
  X509ExtendedTrustManager serverTrust() {
    return serverTrust;
  }

  /**
   * Reads the files again and uses them if they have changed.
   *
   * @return whether something new is in use
   * @throws IOException if a file cannot be read
   * @throws GeneralSecurityException if what has changed cannot be used; told once for the same
   *     bytes, so that a mistake is not repeated in the log with every look
   */
  synchronized boolean reload() throws IOException, GeneralSecurityException {
    Contents read = read();
    if (read.sameAs(current) || read.sameAs(refused)) {
      return false;
    }
    try {
      use(read);
    } catch (IOException | GeneralSecurityException e) {
      refused = read;
      throw e;
    }
    current = read;
    refused = null;
    return true;
  }

  private Contents read() throws IOException {
    return new Contents(
        Files.readAllBytes(certificateFile),
        Files.readAllBytes(keyFile),
        Files.readAllBytes(caFile));
  }

  /** All or nothing: what is wrong with any of the files shows before anything is replaced. */
  private void use(Contents files) throws IOException, GeneralSecurityException {
    X509Certificate[] chain = certificates(files.certificate(), certificateFile);
    X509Certificate[] authorities = certificates(files.authorities(), caFile);
    PrivateKey key = key(files.key());
    requirePair(chain[0].getPublicKey(), key);
    clientTrust.updateTrustCredentials(authorities);
    serverTrust.updateTrustCredentials(authorities);
    keyManager.updateIdentityCredentials(chain, key);
  }

  private static X509Certificate[] certificates(byte[] pem, Path file)
      throws IOException, CertificateException {
    X509Certificate[] certificates;
    try (InputStream in = new ByteArrayInputStream(pem)) {
      certificates = CertificateUtils.getX509Certificates(in);
    } catch (CertificateException e) {
      throw new CertificateException(file + " does not hold certificates as PEM", e);
    }
    if (certificates.length == 0) {
      throw new CertificateException(file + " does not hold certificates as PEM");
    }
    return certificates;
  }

  private PrivateKey key(byte[] pem) throws IOException, GeneralSecurityException {
    try (InputStream in = new ByteArrayInputStream(pem)) {
      PrivateKey key = CertificateUtils.getPrivateKey(in);
      if (key != null) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new GeneralSecurityException(
          keyFile + " does not hold a private key as PKCS #8 PEM", e);
    }
    throw new GeneralSecurityException(keyFile + " does not hold a private key as PKCS #8 PEM");
  }

  /** Files are replaced one after the other: between two of them they do not belong together. */
  private void requirePair(PublicKey publicKey, PrivateKey privateKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (privateKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA", "Ed25519", "Ed448" -> privateKey.getAlgorithm();
          default ->
              throw new GeneralSecurityException(
                  keyFile
                      + " holds a key of the kind "
                      + privateKey.getAlgorithm()
                      + "; RSA, EC or Ed25519 is needed");
        };
    byte[] probe = {1};
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(privateKey);
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(probe);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException(
          keyFile + " is not the key of the certificate in " + certificateFile);
    }
  }
}
