/** Speed of accounting and noise. */
@NullMarked
package com.octomil.privacy.benchmarks.dp;

import org.jspecify.annotations.NullMarked;
