package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Pseudonym;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RelayStore.Records;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.UUID;

/** Gives devices their pseudonyms. Thread-safe. */
@Singleton
public class Pseudonyms {

  private final RelayStore store;
  private final SecureRandom random;
  private final Clock clock;

  Pseudonyms(RelayStore store, SecureRandom random, Clock clock) {
    this.store = store;
    this.random = random;
    this.clock = clock;
  }

  /** Devices of earlier versions have none yet. */
  void onStart(@Observes StartupEvent started) {
    var unused =
        store.inTransaction(
            "name-devices",
            records -> {
              records
                  .devices()
                  .withoutPseudonym()
                  .forEach((device, federation) ->
                      records.devices().name(device, of(records, federation, device)));
              return true;
            });
  }

  /** The pseudonym of a device in a federation, whose key is made if it has none. */
  Pseudonym of(Records records, FederationName federation, UUID device) {
    byte[] fresh = new byte[Pseudonym.KEY_BYTES];
    random.nextBytes(fresh);
    Bytes key = records.devices().pseudonymKey(federation, Bytes.of(fresh), clock.instant());
    return Pseudonym.of(key, federation, device);
  }
}
