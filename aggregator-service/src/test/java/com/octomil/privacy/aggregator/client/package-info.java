/** The mappers to the peers' messages. */
@NullMarked
package com.octomil.privacy.aggregator.client;

import org.jspecify.annotations.NullMarked;
