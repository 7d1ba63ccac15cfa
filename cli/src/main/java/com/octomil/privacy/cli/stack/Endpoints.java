package com.octomil.privacy.cli.stack;

/**
 * Where a running stack can be reached.
 *
 * @param budgetUrl REST of the budget service
 * @param aggregatorUrl REST of the aggregator
 * @param relayUrl REST of the relay
 * @param aggregatorGrpc {@code host:port} for devices
 * @param relayGrpc {@code host:port} for devices
 * @param databaseUrl JDBC URL of the database that all three services share
 * @param apiKey key with the scope admin
 */
public record Endpoints(
    String budgetUrl,
    String aggregatorUrl,
    String relayUrl,
    String aggregatorGrpc,
    String relayGrpc,
    String databaseUrl,
    String apiKey) {

  /**
   * The page that the budget service serves to browsers.
   *
   * @return its address
   */
  public String dashboardUrl() {
    return budgetUrl + "/dashboard/";
  }

  /** Leaves the key out, since records end up in logs. */
  @Override
  public String toString() {
    return "Endpoints[budgetUrl=%s, aggregatorUrl=%s, relayUrl=%s, aggregatorGrpc=%s, relayGrpc=%s, databaseUrl=%s]"
        .formatted(budgetUrl, aggregatorUrl, relayUrl, aggregatorGrpc, relayGrpc, databaseUrl);
  }
}
