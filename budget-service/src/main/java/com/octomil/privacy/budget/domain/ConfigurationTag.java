package com.octomil.privacy.budget.domain;

/**
 * Names a configuration of a federation.
 *
 * @param version of the federation
 * @param number of the configuration within the version
 */
public record ConfigurationTag(int version, int number) {}
