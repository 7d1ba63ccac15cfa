/**
 * A small honest server for tests: relay and aggregator of one federation in memory, on the real
 * wire.
 */
@NullMarked
package com.octomil.privacy.device.reference;

import org.jspecify.annotations.NullMarked;
