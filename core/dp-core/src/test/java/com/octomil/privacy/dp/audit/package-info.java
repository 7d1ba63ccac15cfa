@NullMarked
package com.octomil.privacy.dp.audit;

import org.jspecify.annotations.NullMarked;
