package com.octomil.privacy.device.transport;

/** The server took what the device sent. */
public enum Accepted {
  /** The only value. */
  ACCEPTED
}
