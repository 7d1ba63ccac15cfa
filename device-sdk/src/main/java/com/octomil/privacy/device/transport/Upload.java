package com.octomil.privacy.device.transport;

/**
 * One upload.
 *
 * @param ticket of the device
 * @param payload packed masked coordinates, or the clear update without secure aggregation
 * @param payloadSha256 SHA-256 of the payload
 * @param signature Ed25519 by the round key over round hash, participant id and payload hash
 */
public record Upload(Ticket ticket, Bytes payload, Bytes payloadSha256, Bytes signature) {}
