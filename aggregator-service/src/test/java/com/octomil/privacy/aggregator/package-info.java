/** The aggregator from outside: REST, the wire, and its architecture. */
@NullMarked
package com.octomil.privacy.aggregator;

import org.jspecify.annotations.NullMarked;
