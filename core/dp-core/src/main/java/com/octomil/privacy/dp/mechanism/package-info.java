/** Exact noise on the integer grid. */
@NullMarked
package com.octomil.privacy.dp.mechanism;

import org.jspecify.annotations.NullMarked;
