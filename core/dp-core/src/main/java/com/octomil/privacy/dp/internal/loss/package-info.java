/** Privacy loss distributions on a lattice, with certified upper and lower curves. */
@NullMarked
package com.octomil.privacy.dp.internal.loss;

import org.jspecify.annotations.NullMarked;
