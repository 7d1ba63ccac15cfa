/**
 * Calls of other services: a deadline per call, retries, a circuit breaker, translated statuses.
 */
@NullMarked
package com.octomil.privacy.relay.client;

import org.jspecify.annotations.NullMarked;
