package com.octomil.privacy.federation;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A service refused a request, or could not be reached. Carries the problem document (RFC 9457) as
 * far as there is one.
 */
public final class FederationException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * What is wrong with one field.
   *
   * @param field as in the JSON body, dotted
   * @param value that was refused, if there is one
   * @param message what is accepted
   */
  public record FieldError(String field, @Nullable String value, String message) {}

  private final int status;
  private final String type;
  private final String title;
  private final String detail;
  private final transient List<FieldError> errors;

  FederationException(
      int status, String type, String title, String detail, List<FieldError> errors) {
    super(describe(status, title, detail, errors));
    this.status = status;
    this.type = type;
    this.title = title;
    this.detail = detail;
    this.errors = List.copyOf(errors);
  }

  FederationException(String message, @Nullable Throwable cause) {
    super(message, cause);
    this.status = 0;
    this.type = "about:blank";
    this.title = message;
    this.detail = "";
    this.errors = List.of();
  }

  private static String describe(int status, String title, String detail, List<FieldError> errors) {
    String fields =
        errors.stream()
            .map(error ->
                error.field()
                    + (error.value() == null ? "" : " = " + error.value())
                    + ": "
                    + error.message())
            .collect(Collectors.joining("; "));
    return status
        + " "
        + title
        + (detail.isEmpty() ? "" : ": " + detail)
        + (fields.isEmpty() ? "" : " (" + fields + ")");
  }

  /** HTTP status, or 0 if no answer came. */
  public int status() {
    return status;
  }

  /** Identifier of the kind of problem, for example {@code urn:octomil:problem:conflict}. */
  public String type() {
    return type;
  }

  /** The kind of problem in words. */
  public String title() {
    return title;
  }

  /** What is wrong this time; may be empty. */
  public String detail() {
    return detail;
  }

  /** The fields at fault; may be empty. */
  public List<FieldError> errors() {
    return errors == null ? List.of() : errors;
  }
}
