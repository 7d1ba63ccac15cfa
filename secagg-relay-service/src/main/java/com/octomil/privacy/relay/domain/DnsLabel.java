package com.octomil.privacy.relay.domain;

import java.util.Objects;
import java.util.regex.Pattern;

/** Names are DNS labels (RFC 1123, section 2.1), as names in Kubernetes are. */
final class DnsLabel {

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private DnsLabel() {}

  static String require(String field, String value) {
    if (!LABEL.matcher(Objects.requireNonNull(value, field)).matches()) {
      throw RefusedException.malformed(
          field,
          value,
          "must be a DNS label: 1 to 63 of a-z, 0-9 and '-', not beginning or ending with '-'");
    }
    return value;
  }
}
