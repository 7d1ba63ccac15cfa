package com.octomil.privacy.budget.domain;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Name of a federation: a DNS label (RFC 1123).
 *
 * @param value 1 to 63 of a-z, 0-9 and '-', not beginning or ending with '-'
 */
public record FederationName(String value) implements Comparable<FederationName> {

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** Refuses anything that is not a DNS label. */
  public FederationName {
    Objects.requireNonNull(value, "value");
    if (!DNS_LABEL.matcher(value).matches()) {
      throw new IllegalArgumentException("not a DNS label: '" + value + "'");
    }
  }

  @Override
  public int compareTo(FederationName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
