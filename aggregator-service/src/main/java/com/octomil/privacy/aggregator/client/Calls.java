package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import io.grpc.StatusRuntimeException;
import java.util.function.Supplier;
import org.eclipse.microprofile.faulttolerance.exceptions.FaultToleranceException;

/**
 * Turns failures of calls into ours: inside the fault tolerance to classify them, outside to tell
 * the caller.
 */
final class Calls {
  private Calls() {}

  /** Inside: retryable statuses become {@link PeerFailure}, the others {@link ServiceException}. */
  static <T> T classify(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      ServiceException translated = GrpcFailures.translate(e);
      throw translated.code().retryable() ? new PeerFailure(translated) : translated;
    }
  }

  /** Outside: every failure is a {@link ServiceException}. */
  static <T> T guard(String peer, Supplier<T> call) {
    try {
      return call.get();
    } catch (PeerFailure e) {
      throw new ServiceException(e.translated().code(), "The " + peer + " does not answer.", e);
    } catch (FaultToleranceException e) {
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The " + peer + " does not answer.", e);
    } catch (IllegalArgumentException e) {
      throw new ServiceException(
          ErrorCode.INTERNAL, "The " + peer + " gave an answer that makes no sense.", e);
    }
  }
}
