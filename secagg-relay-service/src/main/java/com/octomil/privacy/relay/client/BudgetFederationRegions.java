package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationRequest;
import com.octomil.privacy.proto.budget.v1.GetPrivacyConfigurationResponse;
import com.octomil.privacy.relay.app.FederationRegions;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Region;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.eclipse.microprofile.faulttolerance.exceptions.FaultToleranceException;

/**
 * Asks the budget service for the pins of a federation and remembers them for five seconds. If it
 * does not answer, nothing is enrolled. Thread-safe; blocks.
 */
@ApplicationScoped
public class BudgetFederationRegions implements FederationRegions {

  private static final Duration MEMORY = Duration.ofSeconds(5);
  private static final int MAX_ANSWERS = 4096;

  private final BudgetCalls calls;
  private final ServiceRegion here;
  private final Clock clock;
  private final ConcurrentMap<FederationName, Answer> answers = new ConcurrentHashMap<>();

  BudgetFederationRegions(BudgetCalls calls, ServiceRegion here, Clock clock) {
    this.calls = calls;
    this.here = here;
    this.clock = clock;
  }

  private record Answer(Set<Region> regions, Instant until) {}

  @Override
  public Set<Region> of(FederationName federation) {
    Instant now = clock.instant();
    Answer known = answers.get(federation);
    if (known != null && now.isBefore(known.until())) {
      return known.regions();
    }
    Set<Region> regions = ask(federation);
    if (answers.size() >= MAX_ANSWERS) {
      answers.values().removeIf(answer -> !now.isBefore(answer.until()));
    }
    if (answers.size() < MAX_ANSWERS) {
      answers.put(federation, new Answer(regions, now.plus(MEMORY)));
    }
    return regions;
  }

  private Set<Region> ask(FederationName federation) {
    try {
      GetPrivacyConfigurationResponse response =
          calls.configuration(
              GetPrivacyConfigurationRequest.newBuilder()
                  .setFederation(federation.value())
                  .setRegion(here.wireName())
                  .build());
      return response.getConfiguration().getRegionsList().stream()
          .map(Region::new)
          .collect(Collectors.toUnmodifiableSet());
    } catch (PeerFailure e) {
      throw new ServiceException(e.translated().code(), UNANSWERED, e);
    } catch (FaultToleranceException e) {
      throw new ServiceException(ErrorCode.UNAVAILABLE, UNANSWERED, e);
    }
  }

  private static final String UNANSWERED =
      "The budget service, which knows the pins of federations, does not answer now.";
}
