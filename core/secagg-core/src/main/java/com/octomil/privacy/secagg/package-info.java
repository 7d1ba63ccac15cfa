/**
 * Secure aggregation by masking: round binding, parameter choice and values shared by the
 * sub-packages.
 */
@NullMarked
package com.octomil.privacy.secagg;

import org.jspecify.annotations.NullMarked;
