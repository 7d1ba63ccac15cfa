package com.octomil.privacy.secagg.internal;

/**
 * Domain separation labels. On the wire each is its ASCII bytes behind {@link #PREFIX}, ended by a
 * zero byte, so that no label is a prefix of another.
 */
public final class Labels {
  public static final String PREFIX = "octomil.secagg.v1/";

  public static final String ROUND = "round";
  public static final String GRAPH_NONCE = "graph-nonce";
  public static final String GRAPH_SEED = "graph-seed";
  public static final String GRAPH_STREAM = "graph-stream";
  public static final String SELF_MASK_COMMITMENT = "self-mask-commitment";
  public static final String SELF_MASK = "self-mask";
  public static final String PAIR_MASK = "pair-mask";
  public static final String SHARE_KEY = "share-key";
  public static final String SHARE = "share";
  public static final String ADVERT = "advert";
  public static final String ROSTER_ENTRY = "roster-entry";
  public static final String TICKET = "ticket";
  public static final String CERTIFICATE = "certificate";
  public static final String ENROLLMENT = "enrollment";
  public static final String RENEWAL = "renewal";
  public static final String UPLOAD = "upload";
  public static final String SURVIVORS = "survivors";
  public static final String REVEAL = "reveal";
  public static final String SHARE_COMBINATION = "share-combination";

  private Labels() {}
}
