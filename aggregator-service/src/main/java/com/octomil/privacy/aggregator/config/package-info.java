/** Configuration of the aggregator. */
@NullMarked
package com.octomil.privacy.aggregator.config;

import org.jspecify.annotations.NullMarked;
