package com.octomil.privacy.secagg;

/** What the server is assumed to do. */
public enum AdversaryModel {
  /** It follows the protocol and tries to learn from what it sees. */
  SEMI_HONEST,
  /** It may also tell neighbourhoods different survivor sets. The default. */
  SEMI_MALICIOUS
}
