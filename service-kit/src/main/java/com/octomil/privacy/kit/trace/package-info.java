/** Traces of what services do for one another; what devices do is never traced. */
@NullMarked
package com.octomil.privacy.kit.trace;

import org.jspecify.annotations.NullMarked;
