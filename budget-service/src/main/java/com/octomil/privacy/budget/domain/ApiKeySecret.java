package com.octomil.privacy.budget.domain;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An API key as its holder sends it: {@code edg_} and 256 random bits in base64url. Prints nothing
 * of itself.
 */
public final class ApiKeySecret {

  private static final Pattern FORM = Pattern.compile("edg_[A-Za-z0-9_-]{43}");
  private static final int RANDOM_BYTES = 32;

  private final String value;

  private ApiKeySecret(String value) {
    this.value = value;
  }

  /** Draws a new key. */
  public static ApiKeySecret generate(SecureRandom random) {
    byte[] bytes = new byte[RANDOM_BYTES];
    random.nextBytes(bytes);
    return new ApiKeySecret("edg_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** The key in {@code text}, or empty if it has another form. */
  public static Optional<ApiKeySecret> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new ApiKeySecret(text)) : Optional.empty();
  }

  /** The key itself, to be shown to its holder once. */
  public String reveal() {
    return value;
  }

  /** SHA-256 of the key: 256 random bits need no salt and no slow hash. */
  public byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(value.getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "ApiKeySecret[hidden]";
  }
}
