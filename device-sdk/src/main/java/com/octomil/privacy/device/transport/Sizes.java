package com.octomil.privacy.device.transport;

/** Length checks that name the field. */
final class Sizes {

  private Sizes() {}

  static void require(String field, Bytes value, int size) {
    if (value.size() != size) {
      throw new IllegalArgumentException(
          field + " must have " + size + " bytes, not " + value.size());
    }
  }
}
