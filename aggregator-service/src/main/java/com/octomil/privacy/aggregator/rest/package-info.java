/** The operator-facing resources and their JSON. */
@NullMarked
package com.octomil.privacy.aggregator.rest;

import org.jspecify.annotations.NullMarked;
