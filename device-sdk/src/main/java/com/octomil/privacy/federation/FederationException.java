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

  /** HTTP status, or 0. */
  private final int status;

  /** Kind of problem. */
  private final String type;

  /** Kind of problem in words. */
  private final String title;

  /** What is wrong this time. */
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

  /**
   * HTTP status, or 0 if no answer came.
   *
   * @return for example 409
   */
  public int status() {
    return status;
  }

  /**
   * Identifier of the kind of problem, for example {@code urn:octomil:problem:conflict}.
   *
   * @return a URN, or {@code about:blank}
   */
  public String type() {
    return type;
  }

  /**
   * The kind of problem in words.
   *
   * @return the same for all problems of a kind
   */
  public String title() {
    return title;
  }

  /**
   * What is wrong this time; may be empty.
   *
   * @return for people
   */
  public String detail() {
    return detail;
  }

  /**
   * The fields at fault; may be empty.
   *
   * @return with value and what would be accepted
   */
  public List<FieldError> errors() {
    return errors == null ? List.of() : errors;
  }
}
