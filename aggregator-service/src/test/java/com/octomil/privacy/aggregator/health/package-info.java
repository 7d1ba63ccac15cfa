/** Refusals to start. */
@NullMarked
package com.octomil.privacy.aggregator.health;

import org.jspecify.annotations.NullMarked;
