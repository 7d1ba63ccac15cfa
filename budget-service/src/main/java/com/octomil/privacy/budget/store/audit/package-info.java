/** The audit log in PostgreSQL. */
@NullMarked
package com.octomil.privacy.budget.store.audit;

import org.jspecify.annotations.NullMarked;
