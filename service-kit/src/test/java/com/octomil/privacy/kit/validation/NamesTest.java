package com.octomil.privacy.kit.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

  @ParameterizedTest
  @ValueSource(strings = {"a", "health-risk-model", "0", "a1-b2"})
  void dnsLabelsAreAccepted(String name) {
    assertThat(Names.requireDnsLabel("federation", name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a-", "A", "a.b", "a_b", "a b", "ä", "a/b", "a\n"})
  void everythingElseIsRefusedByName(String name) {
    assertThatThrownBy(() -> Names.requireDnsLabel("federation", name))
        .isInstanceOfSatisfying(
            ServiceException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST);
              assertThat(e.violations().get(0).field()).isEqualTo("federation");
            });
  }

  @Test
  void sixtyThreeCharactersAreTheLimit() {
    assertThat(Names.isDnsLabel("a".repeat(63))).isTrue();
    assertThat(Names.isDnsLabel("a".repeat(64))).isFalse();
  }
}
