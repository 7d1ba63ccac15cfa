@NullMarked
package com.octomil.privacy.secagg.wire;

import org.jspecify.annotations.NullMarked;
