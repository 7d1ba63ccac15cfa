package com.octomil.privacy.aggregator.fleet;

import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.proto.budget.v1.PrivacyConfiguration;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the stand-in for the budget service knows and was told. */
@Singleton
public class BudgetTable {
  /** What was settled. */
  public record Settled(String reservation, int cohort, int survivors) {}

  final Map<String, PrivacyConfiguration> configurations = new ConcurrentHashMap<>();
  final Map<String, ServiceException> refusals = new ConcurrentHashMap<>();
  final Map<String, ServiceException> roundRefusals = new ConcurrentHashMap<>();
  final Map<String, Integer> affordable = new ConcurrentHashMap<>();
  final Map<String, String> federationOf = new ConcurrentHashMap<>();
  final List<Settled> commits = new CopyOnWriteArrayList<>();
  final List<String> releases = new CopyOnWriteArrayList<>();

  /** Lets every question about a federation be refused like this. */
  public void refuse(String federation, ServiceException refusal) {
    refusals.put(federation, refusal);
  }

  /** Lets every reservation of a federation be refused like this. */
  public void refuseRounds(String federation, ServiceException refusal) {
    roundRefusals.put(federation, refusal);
  }

  /** Fails like the ledger would. */
  void checkRound(String federation) {
    check(federation);
    ServiceException refusal = roundRefusals.get(federation);
    if (refusal != null) {
      throw refusal;
    }
  }

  /** Fails like the budget service would. */
  void check(String federation) {
    ServiceException refusal = refusals.get(federation);
    if (refusal != null) {
      throw refusal;
    }
  }

  /** Sets the configuration of a federation and how many rounds it can pay. */
  public void configure(PrivacyConfiguration configuration, int rounds) {
    configurations.put(configuration.getFederation(), configuration);
    affordable.put(configuration.getFederation(), rounds);
  }

  public void afford(String federation, int rounds) {
    affordable.put(federation, rounds);
  }

  public List<Settled> commitsOf(String federation) {
    return commits.stream()
        .filter(c -> federation.equals(federationOf.get(c.reservation())))
        .toList();
  }

  public List<String> releasesOf(String federation) {
    return releases.stream().filter(r -> federation.equals(federationOf.get(r))).toList();
  }

  public void know(String reservation, String federation) {
    federationOf.put(reservation, federation);
  }
}
