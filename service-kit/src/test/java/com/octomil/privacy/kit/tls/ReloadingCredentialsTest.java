package com.octomil.privacy.kit.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.kit.test.TestAuthority;
import com.octomil.privacy.kit.test.TestAuthority.Identity;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadingCredentialsTest {

  private static final TestAuthority FIRST = TestAuthority.create("first");
  private static final TestAuthority SECOND = TestAuthority.create("second");

  @TempDir private Path folder;

  @Test
  void presentsAndTrustsWhatWasReadLast() throws Exception {
    Identity old = FIRST.issue("service");
    TestAuthority.install(folder, old, FIRST.pem());
    ReloadingCredentials credentials = open();
    assertThat(presented(credentials)).isEqualTo(old.serial());
    assertThat(credentials.reload()).isFalse();

    Identity renewed = SECOND.issue("service");
    TestAuthority.install(folder, renewed, FIRST.pem() + SECOND.pem());

    assertThat(credentials.reload()).isTrue();
    assertThat(presented(credentials)).isEqualTo(renewed.serial());
    assertThat(trusted(credentials)).containsExactlyInAnyOrder("CN=first", "CN=second");
    assertThat(credentials.reload()).isFalse();
  }

  @Test
  void keyOfAnotherCertificateChangesNothing() throws Exception {
    Identity old = FIRST.issue("service");
    TestAuthority.install(folder, old, FIRST.pem());
    ReloadingCredentials credentials = open();
    Identity renewed = SECOND.issue("service");

    TestAuthority.install(
        folder, new Identity(renewed.certificate(), old.key(), old.serial()), SECOND.pem());

    assertThatThrownBy(credentials::reload)
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("tls.key is not the key of the certificate in");
    assertThat(presented(credentials)).isEqualTo(old.serial());
    assertThat(trusted(credentials)).containsExactly("CN=first");
    // The same mistake is told once.
    assertThat(credentials.reload()).isFalse();

    TestAuthority.install(folder, renewed, SECOND.pem());
    assertThat(credentials.reload()).isTrue();
    assertThat(presented(credentials)).isEqualTo(renewed.serial());
  }

  @Test
  void filesThatHoldSomethingElseAreNamed() throws Exception {
    Identity identity = FIRST.issue("service");
    for (String broken : new String[] {"tls.crt", "tls.key", "ca.crt"}) {
      TestAuthority.install(folder, identity, FIRST.pem());
      ReloadingCredentials credentials = open();
      Files.writeString(folder.resolve("current").resolve(broken), "no PEM\n");

      assertThatThrownBy(credentials::reload)
          .as(broken)
          .isInstanceOf(GeneralSecurityException.class)
          .hasMessageContaining(broken)
          .hasMessageContaining("PEM");
      assertThat(presented(credentials)).isEqualTo(identity.serial());
    }
  }

  @Test
  void missingFileIsNamed() {
    TestAuthority.install(folder, FIRST.issue("service"), FIRST.pem());
    assertThatThrownBy(() ->
            new ReloadingCredentials(
                file("tls.crt"), folder.resolve("nothing.key"), file("ca.crt")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nothing.key");
  }

  private ReloadingCredentials open() throws IOException, GeneralSecurityException {
    return new ReloadingCredentials(file("tls.crt"), file("tls.key"), file("ca.crt"));
  }

  private Path file(String name) {
    return folder.resolve("current").resolve(name);
  }

  private static BigInteger presented(ReloadingCredentials credentials) {
    var keys = credentials.keyManager();
    String alias = keys.chooseEngineServerAlias("EC", null, null);
    X509Certificate[] chain = keys.getCertificateChain(alias);
    return chain[0].getSerialNumber();
  }

  private static Iterable<String> trusted(ReloadingCredentials credentials) {
    return Arrays.stream(credentials.serverTrust().getAcceptedIssuers())
        .map(X509Certificate::getSubjectX500Principal)
        .map(X500Principal::getName)
        .toList();
  }
}
