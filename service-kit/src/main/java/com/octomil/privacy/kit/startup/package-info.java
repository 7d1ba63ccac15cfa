/** Refusals to start in an unsafe configuration. */
@NullMarked
package com.octomil.privacy.kit.startup;

import org.jspecify.annotations.NullMarked;
