/** Numerical building blocks; not part of the supported interface. */
@NullMarked
package com.octomil.privacy.dp.internal;

import org.jspecify.annotations.NullMarked;
