@NullMarked
package com.octomil.privacy.dp.accounting;

import org.jspecify.annotations.NullMarked;
