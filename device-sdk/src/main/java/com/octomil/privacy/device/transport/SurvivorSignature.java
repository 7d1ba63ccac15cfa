package com.octomil.privacy.device.transport;

/**
 * A device's confirmation of the survivor set it saw.
 *
 * @param index roster index of the signer
 * @param signature Ed25519 by the signer's round key over round hash, roster root and bitmap
 */
public record SurvivorSignature(int index, Bytes signature) {}
