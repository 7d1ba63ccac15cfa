@NullMarked
package com.octomil.privacy.dp;

import org.jspecify.annotations.NullMarked;
