/** The REST face of the relay for operators. */
@NullMarked
package com.octomil.privacy.relay.rest;

import org.jspecify.annotations.NullMarked;
