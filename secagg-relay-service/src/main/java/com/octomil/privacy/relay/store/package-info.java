/** The relay's state in PostgreSQL, schema {@code relay}. */
@NullMarked
package com.octomil.privacy.relay.store;

import org.jspecify.annotations.NullMarked;
