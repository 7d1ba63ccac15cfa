@NullMarked
package com.octomil.privacy.secagg.masking;

import org.jspecify.annotations.NullMarked;
