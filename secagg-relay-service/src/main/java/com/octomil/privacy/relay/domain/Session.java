package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.RoundHash;
import java.util.Objects;

/**
 * One round as the relay sees it.
 *
 * @param rules what is enforced
 * @param parameters the serialized round parameters exactly as the aggregator sent them
 * @param roundHash hash of those bytes
 * @param ticketKey Ed25519 key that verifies the tickets of this session, 32 bytes
 * @param state where the session is
 * @param revision rises with every change of state
 */
public record Session(
    RoundRules rules,
    Bytes parameters,
    RoundHash roundHash,
    Bytes ticketKey,
    SessionState state,
    long revision) {

  /** Checks presence and lengths. */
  public Session {
    Objects.requireNonNull(rules, "rules");
    Objects.requireNonNull(parameters, "parameters");
    Objects.requireNonNull(roundHash, "roundHash");
    ticketKey.requireSize("ticket_key", 32);
    Objects.requireNonNull(state, "state");
  }

  /** This session moved to its next state. */
  public Session moved(SessionState next) {
    return new Session(rules, parameters, roundHash, ticketKey, next, revision + 1);
  }

  /** The round. */
  public RoundId roundId() {
    return rules.roundId();
  }

  /** Where the session is. */
  public SessionPhase phase() {
    return state.phase();
  }
}
