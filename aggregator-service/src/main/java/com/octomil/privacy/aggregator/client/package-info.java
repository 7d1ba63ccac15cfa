/** Wrappers around the budget service and the relay. */
@NullMarked
package com.octomil.privacy.aggregator.client;

import org.jspecify.annotations.NullMarked;
