/** PostgreSQL adapters of the stores. */
@NullMarked
package com.octomil.privacy.aggregator.store;

import org.jspecify.annotations.NullMarked;
