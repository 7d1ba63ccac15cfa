/** Masks from seeds: expansion, addition on the device, removal on the server. */
@NullMarked
package com.octomil.privacy.secagg.masking;

import org.jspecify.annotations.NullMarked;
