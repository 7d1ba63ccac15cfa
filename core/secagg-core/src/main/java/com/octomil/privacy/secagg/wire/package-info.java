/** Exact byte layouts: bit-packed vectors, index bitmaps and the transcripts that are signed. */
@NullMarked
package com.octomil.privacy.secagg.wire;

import org.jspecify.annotations.NullMarked;
