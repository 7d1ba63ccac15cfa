@NullMarked
package com.octomil.privacy.dp.internal.loss;

import org.jspecify.annotations.NullMarked;
