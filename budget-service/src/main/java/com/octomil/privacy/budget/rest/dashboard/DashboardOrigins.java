package com.octomil.privacy.budget.rest.dashboard;

import com.octomil.privacy.budget.config.BudgetConfig;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the dashboard finds the other services: origins (RFC 6454), in the order of the
 * configuration. Empty: at the dashboard's own.
 */
record DashboardOrigins(List<String> aggregators, List<String> relays) {

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src %s;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
          + " trusted-types 'none'";

  /** Copies the lists. */
  DashboardOrigins {
    aggregators = List.copyOf(aggregators);
    relays = List.copyOf(relays);
  }

  /**
   * As configured.
   *
   * @throws IllegalStateException if an address is more, or less, than an origin
   */
  static DashboardOrigins of(BudgetConfig.Dashboard config) {
    return new DashboardOrigins(
        origins("octomil.budget.dashboard.aggregator-urls", config.aggregatorUrls()),
        origins("octomil.budget.dashboard.relay-urls", config.relayUrls()));
  }

  private static List<String> origins(String setting, Optional<List<URI>> addresses) {
    return addresses.orElse(List.of()).stream().map(uri -> origin(setting, uri)).toList();
  }

  private static String origin(String setting, URI uri) {
    boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
    boolean bare = uri.getRawPath() == null || uri.getRawPath().matches("/?");
    if (!web
        || !bare
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new IllegalStateException(
          setting
              + ": '"
              + uri
              + "' must be scheme, host and port only, such as https://training.example.com");
    }
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port;
  }

  /** The Content-Security-Policy that lets the dashboard call these, and nobody else. */
  String policy() {
    return POLICY.formatted(
        String.join(
            " ",
            Stream.concat(Stream.of("'self'"), Stream.concat(aggregators.stream(), relays.stream()))
                .distinct()
                .toList()));
  }
}
