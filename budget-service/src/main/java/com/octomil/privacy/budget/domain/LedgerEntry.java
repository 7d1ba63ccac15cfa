package com.octomil.privacy.budget.domain;

/**
 * A reservation in the order of the ledger.
 *
 * @param sequence grows with every reservation
 * @param reservation the reservation as it stands
 */
public record LedgerEntry(long sequence, Reservation reservation) {}
