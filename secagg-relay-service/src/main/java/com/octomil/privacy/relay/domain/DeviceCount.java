package com.octomil.privacy.relay.domain;

import org.jspecify.annotations.Nullable;

/** How many devices of a federation are in a state and region (null: none stated). */
public record DeviceCount(DeviceState state, @Nullable Region region, long count) {}
