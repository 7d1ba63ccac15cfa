/**
 * Rounds, training jobs, models and uploads as values, the rules between them, and the ports to the
 * outside.
 */
@NullMarked
package com.octomil.privacy.aggregator.domain;

import org.jspecify.annotations.NullMarked;
