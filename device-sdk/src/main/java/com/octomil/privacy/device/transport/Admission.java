package com.octomil.privacy.device.transport;

/** An open round for this device: its parameters and the ticket to it. */
public record Admission(RoundParameters parameters, Ticket ticket) {}
