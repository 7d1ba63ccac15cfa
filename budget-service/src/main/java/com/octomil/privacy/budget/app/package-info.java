/** Use cases of the budget service. Blocking: callers run on worker or virtual threads. */
@NullMarked
package com.octomil.privacy.budget.app;

import org.jspecify.annotations.NullMarked;
