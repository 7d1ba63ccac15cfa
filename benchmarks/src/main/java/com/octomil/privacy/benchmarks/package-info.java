/** What all tables of measurements share. */
@NullMarked
package com.octomil.privacy.benchmarks;

import org.jspecify.annotations.NullMarked;
