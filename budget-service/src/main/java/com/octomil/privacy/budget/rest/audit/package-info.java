/** The audit log over REST. */
@NullMarked
package com.octomil.privacy.budget.rest.audit;

import org.jspecify.annotations.NullMarked;
