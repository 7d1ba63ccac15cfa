package com.octomil.privacy.device.transport;

/**
 * An open round for this device: its parameters and the ticket to it.
 *
 * @param parameters what the round is about
 * @param ticket stands for the device at the aggregator
 */
public record Admission(RoundParameters parameters, Ticket ticket) {}
