package com.octomil.privacy.aggregator.rest;

import static com.octomil.privacy.kit.validation.Names.requireDnsLabel;

import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobProgress;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Parses what stands in paths. */
final class Names {
  private Names() {}

  static FederationName federation(String value) {
    return new FederationName(requireDnsLabel("federation", value));
  }

  static ModelName model(String field, String value) {
    return new ModelName(requireDnsLabel(field, value));
  }

  static JobId job(String value) {
    try {
      return new JobId(UUID.fromString(value));
    } catch (IllegalArgumentException e) {
      throw invalid("id", value, "must be the UUID of a training job");
    }
  }

  static int positive(String field, String value) {
    try {
      int parsed = Integer.parseInt(value);
      if (parsed > 0) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Answered below.
    }
    throw invalid(field, value, "must be a whole number from 1");
  }

  /** Where a stream is to go on; absent: at the beginning. */
  static JobProgress.Position lastEvent(@Nullable String value) {
    return value == null || value.isEmpty()
        ? JobProgress.Position.BEGINNING
        : JobProgress.Position.parse(value)
            .orElseThrow(
                () -> invalid("Last-Event-ID", value, "must be the id of an event of this stream"));
  }

  private static ServiceException invalid(String field, String value, String message) {
    return ServiceException.invalidField(
        ErrorCode.INVALID_REQUEST, new FieldViolation(field, value, message));
  }
}
