package com.octomil.privacy.relay.domain;

/** What a step needs to know of the device behind a ticket. */
public record AdmittedDevice(Bytes publicKey, boolean revoked) {}
