package com.octomil.privacy.budget.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.budget.domain.ApiKeySecret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BootstrapKeyTest {

  @TempDir Path folder;

  @Test
  void aGeneratedKeyIsAccepted() throws Exception {
    ApiKeySecret secret = ApiKeySecret.generate(new SecureRandom());
    Path file = Files.writeString(folder.resolve("key"), secret.reveal() + "\n");
    assertThat(BootstrapKey.read(file).sha256()).isEqualTo(secret.sha256());
    assertThat(secret).hasToString("ApiKeySecret[hidden]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "edg_",
        "edg_short",
        "abc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "edg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
        "edg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "edg_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nedg_B"
      })
  void anythingElseStopsTheStartWithoutShowingTheContent(String content) throws Exception {
    Path file = Files.writeString(folder.resolve("key"), content);
    assertThatThrownBy(() -> BootstrapKey.read(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("octomil.budget.bootstrap-key-file")
        .hasMessageContaining(file.toString())
        .hasMessageNotContaining("AAAA");
  }

  @Test
  void aMissingFileStopsTheStart() {
    assertThatThrownBy(() -> BootstrapKey.read(folder.resolve("none")))
        .hasMessageContaining("cannot read");
  }
}
