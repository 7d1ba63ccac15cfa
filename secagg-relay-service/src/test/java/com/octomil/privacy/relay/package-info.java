/** Tests of the relay over its real faces. */
@NullMarked
package com.octomil.privacy.relay;

import org.jspecify.annotations.NullMarked;
