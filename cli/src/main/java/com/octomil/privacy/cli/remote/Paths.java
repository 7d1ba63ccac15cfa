package com.octomil.privacy.cli.remote;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Parts of URLs. */
final class Paths {

  private Paths() {}

  /** A value as one segment of a path. */
  static String segment(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
