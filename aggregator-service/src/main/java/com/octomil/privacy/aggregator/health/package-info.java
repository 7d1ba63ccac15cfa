/** Start-up refusals and readiness. */
@NullMarked
package com.octomil.privacy.aggregator.health;

import org.jspecify.annotations.NullMarked;
