/** The use cases of the relay. Each names and owns its transaction. */
@NullMarked
package com.octomil.privacy.relay.app;

import org.jspecify.annotations.NullMarked;
