/** Stand-ins for budget service, relay and devices, speaking the real wire. */
@NullMarked
package com.octomil.privacy.aggregator.fleet;

import org.jspecify.annotations.NullMarked;
