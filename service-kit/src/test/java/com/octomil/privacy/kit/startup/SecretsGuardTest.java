package com.octomil.privacy.kit.startup;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Properties;
import org.junit.jupiter.api.Test;

class SecretsGuardTest {

  private final Properties properties = new Properties();

  @Test
  void passwordsStandInNoCommandLine() {
    properties.setProperty("octomil.database.password", "hunter2");
    assertThatIllegalStateException()
        .isThrownBy(() -> new SecretsGuard("192.0.2.7").check(properties))
        .withMessageContaining("octomil.database.password")
        .withMessageContaining("OCTOMIL_DATABASE_PASSWORD")
        .withMessageNotContaining("hunter2");
  }

  @Test
  void aTrialOnThisMachineMayDoSo() {
    properties.setProperty("octomil.database.password", "unused");
    assertThatCode(() -> new SecretsGuard("127.0.0.1").check(properties))
        .doesNotThrowAnyException();
  }

  @Test
  void otherPropertiesAreNoSecrets() {
    properties.setProperty("octomil.database.name", "octomil");
    assertThatCode(() -> new SecretsGuard("192.0.2.7").check(properties))
        .doesNotThrowAnyException();
  }
}
