package com.octomil.privacy.kit.validation;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import java.util.regex.Pattern;

/** Names of federations and models are DNS labels (RFC 1123), as names in Kubernetes are. */
public final class Names {

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private Names() {}

  /**
   * Whether {@code value} is a DNS label: 1 to 63 of a-z, 0-9 and '-', not beginning or ending with
   * '-'.
   */
  public static boolean isDnsLabel(String value) {
    return DNS_LABEL.matcher(value).matches();
  }

  /**
   * Returns {@code value} if it is a DNS label.
   *
   * @throws ServiceException with {@link ErrorCode#INVALID_REQUEST} naming {@code field} otherwise
   */
  public static String requireDnsLabel(String field, String value) {
    if (!isDnsLabel(value)) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(
              field,
              value,
              "must be a DNS label: 1 to 63 of a-z, 0-9 and '-', not beginning or ending with '-'"));
    }
    return value;
  }
}
