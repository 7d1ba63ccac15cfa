package com.octomil.privacy.device.transport;

import com.octomil.privacy.secagg.wire.SecretKind;

/**
 * One revealed share.
 *
 * @param ownerIndex roster index of the device whose secret this is a share of
 * @param kind which secret
 * @param share the Shamir share as its owner made it; empty if it could not be opened
 */
public record RevealedShare(int ownerIndex, SecretKind kind, Bytes share) {}
