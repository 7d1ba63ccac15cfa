package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.AbortReason;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Step;
import java.time.Duration;

/** How one attempt to take part in a round ended. */
public sealed interface Participation
    permits Participation.NoRound,
        Participation.Published,
        Participation.Contributed,
        Participation.RoundAborted,
        Participation.Late,
        Participation.Refused {

  /**
   * No round is open for this device; try again after {@code retryAfter}.
   *
   * @param retryAfter when to ask again
   */
  record NoRound(Duration retryAfter) implements Participation {}

  /**
   * The round ended with a new model whose SHA-256 is {@code modelHash}.
   *
   * @param roundId identifier of the round
   * @param modelHash SHA-256 of the new model
   */
  record Published(Bytes roundId, Bytes modelHash) implements Participation {}

  /**
   * The device did all its part; it did not learn in time how the round ended.
   *
   * @param roundId identifier of the round
   */
  record Contributed(Bytes roundId) implements Participation {}

  /**
   * The round ended without a result.
   *
   * @param roundId identifier of the round
   * @param reason why
   * @param detail for people
   */
  record RoundAborted(Bytes roundId, AbortReason reason, String detail) implements Participation {}

  /**
   * The device came too late for a step and has dropped out of the round.
   *
   * @param roundId identifier of the round
   * @param step the step that it missed
   */
  record Late(Bytes roundId, Step step) implements Participation {}

  /**
   * The device left the round because the server asked for something it does not do.
   *
   * @param roundId identifier of the round
   * @param reason why
   * @param detail one sentence for people, naming the value that was refused
   */
  record Refused(Bytes roundId, RefusalReason reason, String detail) implements Participation {}
}
