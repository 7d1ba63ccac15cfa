package com.octomil.privacy.kit.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorCodeTest {

  @Test
  void identifiersAreDistinctAndStable() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::id))
        .containsExactly(
            "invalid-request",
            "invalid-value",
            "unauthenticated",
            "forbidden",
            "region-refused",
            "not-found",
            "method-not-allowed",
            "not-acceptable",
            "conflict",
            "budget-exhausted",
            "compliance-refused",
            "precondition-failed",
            "payload-too-large",
            "unsupported-media-type",
            "too-many-requests",
            "unavailable",
            "deadline-exceeded",
            "outcome-unknown",
            "internal");
  }

  @ParameterizedTest
  @EnumSource
  void onlyTemporaryErrorsAreRetryable(ErrorCode code) {
    assertThat(code.retryable())
        .isEqualTo(
            code == ErrorCode.TOO_MANY_REQUESTS
                || code == ErrorCode.UNAVAILABLE
                || code == ErrorCode.DEADLINE_EXCEEDED);
  }

  @Test
  void longValuesAreNotEchoed() {
    assertThat(new FieldViolation("f", "x".repeat(1000), "m").value()).hasSize(103).endsWith("...");
  }
}
