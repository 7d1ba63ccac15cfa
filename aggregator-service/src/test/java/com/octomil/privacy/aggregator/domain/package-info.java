/** The rules of rounds, in plain JUnit. */
@NullMarked
package com.octomil.privacy.aggregator.domain;

import org.jspecify.annotations.NullMarked;
