package com.octomil.privacy.budget.rest.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.budget.config.BudgetConfig;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DashboardOriginsTest {

  private record Dashboard(Optional<List<URI>> aggregatorUrls, Optional<List<URI>> relayUrls)
      implements BudgetConfig.Dashboard {
    @Override
    public boolean enabled() {
      return true;
    }
  }

  private static DashboardOrigins with(String aggregator) {
    return DashboardOrigins.of(
        new Dashboard(Optional.of(List.of(URI.create(aggregator))), Optional.empty()));
  }

  @Test
  void anAddressIsAnOrigin() {
    assertThat(with("https://training.example/").aggregators())
        .containsExactly("https://training.example");
    assertThat(with("http://127.0.0.1:8081").policy())
        .contains("connect-src 'self' http://127.0.0.1:8081;");
  }

  @Test
  void withoutAddressesOnlyTheOwnOriginIsCalled() {
    assertThat(DashboardOrigins.of(new Dashboard(Optional.empty(), Optional.empty())).policy())
        .contains("connect-src 'self';");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "training.example",
        "ftp://training.example",
        "https://training.example/api",
        "https://user@training.example",
        "https://training.example?x=1",
        "https://training.example#x",
        "https:///",
        "javascript:alert(1)"
      })
  void anythingElseStopsTheStart(String address) {
    assertThatThrownBy(() -> with(address))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("octomil.budget.dashboard.aggregator-urls")
        .hasMessageContaining(address)
        .hasMessageContaining("https://training.example.com");
  }
}
