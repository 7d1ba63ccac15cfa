/** Shamir secret sharing over the prime field of order 2^61 - 1. */
@NullMarked
package com.octomil.privacy.secagg.secretsharing;

import org.jspecify.annotations.NullMarked;
