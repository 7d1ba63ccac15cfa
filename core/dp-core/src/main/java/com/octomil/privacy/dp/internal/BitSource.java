package com.octomil.privacy.dp.internal;

/** Independent uniform 64-bit words. Production code has one implementation, the keystream. */
@FunctionalInterface
public interface BitSource {
  long nextLong();
}
