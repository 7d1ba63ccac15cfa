package com.octomil.privacy.relay.domain;

/** The life of a device. */
public enum DeviceState {
  /** It holds a valid token. */
  ENROLLED,
  /** Its token ran out. */
  EXPIRED,
  /** An operator revoked it, for good. */
  REVOKED
}
