/** Faults of the budget service as a process. */
@NullMarked
package com.octomil.privacy.it.budget;

import org.jspecify.annotations.NullMarked;
