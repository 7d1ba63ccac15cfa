@NullMarked
package com.octomil.privacy.dp.internal;

import org.jspecify.annotations.NullMarked;
