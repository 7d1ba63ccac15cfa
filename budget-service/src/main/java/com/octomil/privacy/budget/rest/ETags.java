package com.octomil.privacy.budget.rest;

import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags of configurations and the preconditions that name them (RFC 9110, sections 8.8.3 and
 * 13.1).
 */
final class ETags {

  private static final Pattern ITEM =
      Pattern.compile("\\s*((?:W/)?\"[\\x21\\x23-\\x7e]*\")\\s*(?:,|$)");

  private ETags() {}

  /** The strong tag of a configuration, such as {@code "1.3"}. */
  static String of(ConfigurationTag tag) {
    return "\"" + tag.version() + "." + tag.number() + "\"";
  }

  /** What both headers ask of the configuration in force. */
  static Predicate<Optional<ConfigurationTag>> precondition(
      @Nullable String ifMatch, @Nullable String ifNoneMatch) {
    Predicate<Optional<ConfigurationTag>> matches = always -> true;
    if (ifMatch != null) {
      matches = present("If-Match", ifMatch);
    }
    return ifNoneMatch == null
        ? matches
        : matches.and(present("If-None-Match", ifNoneMatch).negate());
  }

  private static Predicate<Optional<ConfigurationTag>> present(String header, String value) {
    if (value.strip().equals("*")) {
      return Optional::isPresent;
    }
    Set<String> tags = new HashSet<>();
    Matcher items = ITEM.matcher(value);
    int end = 0;
    while (items.lookingAt()) {
      tags.add(items.group(1));
      end = items.end();
      items.region(end, value.length());
      if (end == value.length()) {
        break;
      }
    }
    if (tags.isEmpty() || end != value.length()) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(
              header,
              value,
              "must be * or entity tags such as \"1.3\", as GET returns them in ETag"));
    }
    // A weak tag never matches: comparison is strong.
    return tag -> tag.isPresent() && tags.contains(of(tag.get()));
  }
}
