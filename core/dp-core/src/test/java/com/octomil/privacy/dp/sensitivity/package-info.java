@NullMarked
package com.octomil.privacy.dp.sensitivity;

import org.jspecify.annotations.NullMarked;
