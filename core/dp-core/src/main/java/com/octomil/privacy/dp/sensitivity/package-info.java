/** Clipping and integer encoding that bound the influence of one device exactly. */
@NullMarked
package com.octomil.privacy.dp.sensitivity;

import org.jspecify.annotations.NullMarked;
