package com.octomil.privacy.device;

/**
 * Why a device left a round of its own accord. Nothing is revealed afterwards. {@code
 * docs/THREAT_MODEL.md} has the lie behind each reason and the test that tells it.
 */
public enum RefusalReason {
  /** The answer breaks the contract: missing parts, wrong lengths, bytes that do not parse. */
  MALFORMED_ANSWER,
  /** The round speaks another version of the protocol. */
  UNSUPPORTED_PROTOCOL_VERSION,
  /** The round, or a certificate, belongs to another federation. */
  WRONG_FEDERATION,
  /** The round is for devices of other regions. */
  WRONG_REGION,
  /** The ticket was made for other parameters, another round or another device. */
  PARAMETERS_CHANGED,
  /** The round was entered before. */
  REPLAYED_ROUND,
  /** The deadlines are past, out of order or too far away. */
  UNREASONABLE_DEADLINES,
  /**
   * Grid, clipping norm or training instructions are outside the local policy, or contradict each
   * other.
   */
  UNACCEPTABLE_PARAMETERS,
  /** A sum of encoded updates could wrap around the ring. */
  RING_OVERFLOW,
  /** The round adds less noise than the local policy demands. */
  TOO_LITTLE_NOISE,
  /** The round would show the server this device's update in clear. */
  SECURE_AGGREGATION_MISSING,
  /**
   * The round assumes a weaker adversary, or offers fewer bits of security, than the local policy
   * demands.
   */
  WEAK_ASSUMPTIONS,
  /** The round, its roster, its sharers or its survivors are fewer than the minimum. */
  TOO_FEW_DEVICES,
  /** Degree or threshold are below what the assumptions of the round need for this roster. */
  GRAPH_BELOW_FLOOR,
  /** The opened graph nonce is not the committed one. */
  GRAPH_NONCE_NOT_COMMITTED,
  /** The neighbours are not those of the graph that follows from nonce and root. */
  NOT_MY_NEIGHBOURS,
  /** An entry is not in the tree under the roster's root, or not at its place in the order. */
  ROSTER_PROOF_INVALID,
  /** The device's own entry is not what it advertised. */
  OWN_ENTRY_ALTERED,
  /** A device or a key stands on the roster twice. */
  DUPLICATE_ROSTER_ENTRY,
  /** A neighbour's advert is not signed by its certified key for this round. */
  INVALID_ADVERT_SIGNATURE,
  /** A neighbour's certificate is not the pinned authority's, or not valid now. */
  INVALID_CERTIFICATE,
  /** A neighbour's key is unusable. */
  INVALID_PUBLIC_KEY,
  /** The shares are not exactly one from each neighbour that shared, to this device. */
  SHARES_INCOMPLETE,
  /** More shares do not open for this device and this round than neighbours could be hostile. */
  SHARE_NOT_AUTHENTIC,
  /** The device handed over its shares and the server says it did not. */
  DECLARED_NOT_SHARED,
  /** Fewer neighbours than the threshold take part; secrets could not be rebuilt. */
  NEIGHBOURHOOD_BELOW_THRESHOLD,
  /** The model is not the one whose hash is in the parameters. */
  WRONG_MODEL,
  /** The device's upload was acknowledged and the server declares it dropped. */
  DECLARED_DROPPED,
  /** A survivor had not shared. */
  SURVIVORS_NOT_SHARERS,
  /** The survivor list, or a bitmap, does not fit the roster. */
  MALFORMED_BITMAP,
  /** The same neighbour is declared alive once and dead once. */
  NEIGHBOUR_ALIVE_AND_DEAD,
  /** A second unmasking request for the round differs from the first. */
  SURVIVORS_CHANGED,
  /** Neighbours confirmed other survivor sets than the one this device was shown. */
  SURVIVOR_SIGNATURES_DISAGREE,
  /** The sum differs from an earlier one over the same model by fewer devices than the minimum. */
  COHORT_DIFFERENCING
}
