/** Benchmarks of the secure-aggregation core. */
@NullMarked
package com.octomil.privacy.benchmarks.secagg;

import org.jspecify.annotations.NullMarked;
