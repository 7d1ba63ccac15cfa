/** Compliance over REST. */
@NullMarked
package com.octomil.privacy.budget.rest.compliance;

import org.jspecify.annotations.NullMarked;
