/** Checks that several services share. */
@NullMarked
package com.octomil.privacy.kit.validation;

import org.jspecify.annotations.NullMarked;
