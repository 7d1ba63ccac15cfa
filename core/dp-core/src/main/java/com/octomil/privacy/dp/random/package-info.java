/** The cryptographic generator behind all noise. */
@NullMarked
package com.octomil.privacy.dp.random;

import org.jspecify.annotations.NullMarked;
