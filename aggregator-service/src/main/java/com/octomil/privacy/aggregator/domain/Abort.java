package com.octomil.privacy.aggregator.domain;

/**
 * The end of a round without a result.
 *
 * @param detail one sentence for people
 */
public record Abort(AbortReason reason, String detail) {}
