@NullMarked
package com.octomil.privacy.dp.random;

import org.jspecify.annotations.NullMarked;
