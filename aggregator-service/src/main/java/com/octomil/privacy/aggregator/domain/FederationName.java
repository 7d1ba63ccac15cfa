package com.octomil.privacy.aggregator.domain;

import java.util.regex.Pattern;

/** Name of a federation: a DNS label (RFC 1123). */
public record FederationName(String value) {
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?");

  public FederationName {
    if (!DNS_LABEL.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "federation is \""
              + value
              + "\"; it must be a DNS label: 1 to 63 of a-z, 0-9 and inner hyphens");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
