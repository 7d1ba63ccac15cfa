package com.octomil.privacy.relay.domain;

/**
 * How many devices have done what in a session.
 *
 * @param checkedIn devices with a ticket
 * @param advertised devices that published keys
 * @param shared devices that submitted shares
 */
public record Attendance(int checkedIn, int advertised, int shared) {}
