@NullMarked
package com.octomil.privacy.secagg.internal;

import org.jspecify.annotations.NullMarked;
