/** Devices, an aggregator and a budget service for the tests of the relay. */
@NullMarked
package com.octomil.privacy.relay.testing;

import org.jspecify.annotations.NullMarked;
