package com.octomil.privacy.kit.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServiceRegionTest {

  @Test
  void pinsAdmitTheirRegionsAndNobodyWithoutOne() {
    assertThat(ServiceRegion.admits(List.of(), Optional.empty())).isTrue();
    assertThat(ServiceRegion.admits(List.of("eu"), Optional.of("eu"))).isTrue();
    assertThat(ServiceRegion.admits(List.of("eu"), Optional.of("us"))).isFalse();
    assertThat(ServiceRegion.admits(List.of("eu"), Optional.empty())).isFalse();
  }

  @Test
  void aServiceElsewhereRefuses() {
    ServiceRegion us = new ServiceRegion(Optional.of("us"));
    assertThatCode(() -> us.requireWithin("clinics", List.of())).doesNotThrowAnyException();
    assertThatExceptionOfType(ServiceException.class)
        .isThrownBy(() -> us.requireWithin("clinics", List.of("uk", "eu")))
        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.REGION_REFUSED))
        .withMessage(
            "The federation 'clinics' is pinned to the regions [eu, uk]; this service is in 'us'.");
  }

  @Test
  void aRegionIsADnsLabel() {
    assertThat(new ServiceRegion(Optional.of(" ")).name()).isEmpty();
    assertThatIllegalStateException()
        .isThrownBy(() -> new ServiceRegion(Optional.of("E U")))
        .withMessageContaining("octomil.region is 'E U'");
  }
}
