package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.wire.SecretKind;

/**
 * One Shamir share of one secret.
 *
 * @param owner roster index of the device whose secret it is
 * @param holder roster index of the device that revealed the share
 * @param share empty if the holder could not open what the owner made for it
 */
public record RevealedShare(int owner, int holder, SecretKind kind, Octets share) {}
