package com.octomil.privacy.budget.domain;

/**
 * An event in the order of the record.
 *
 * @param sequence grows with every event, in the order in which they became visible
 * @param event what happened
 */
public record EventRecord(long sequence, Event event) {}
