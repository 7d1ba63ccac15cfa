package com.octomil.privacy.device.transport;

import java.time.Instant;

/**
 * Statement of the enrolment authority that a key belongs to an enrolled device of a federation.
 * The fields after the signature are what {@code content} says; a transport reads them from exactly
 * the bytes it received.
 *
 * @param content the bytes that were signed
 * @param signature Ed25519 by the enrolment authority
 * @param devicePublicKey Ed25519 key of the device
 * @param federation that the device belongs to
 * @param notBefore first instant at which the certificate is valid
 * @param notAfter last instant at which the certificate is valid
 */
public record DeviceCertificate(
    Bytes content,
    Bytes signature,
    Bytes devicePublicKey,
    String federation,
    Instant notBefore,
    Instant notAfter) {}
