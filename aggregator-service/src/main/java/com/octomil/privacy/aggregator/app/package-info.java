/**
 * Use cases: training jobs, the round driver, uploads by group commit, and what devices ask for.
 */
@NullMarked
package com.octomil.privacy.aggregator.app;

import org.jspecify.annotations.NullMarked;
