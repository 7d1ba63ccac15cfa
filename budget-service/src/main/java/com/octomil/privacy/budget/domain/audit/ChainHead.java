package com.octomil.privacy.budget.domain.audit;

/**
 * The end of a chain. The array is not to be changed.
 *
 * @param sequence of the last entry; 0: there is none
 * @param hash after it
 */
public record ChainHead(long sequence, byte[] hash) {}
