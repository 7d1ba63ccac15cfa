/** Configuration of the relay. */
@NullMarked
package com.octomil.privacy.relay.config;

import org.jspecify.annotations.NullMarked;
