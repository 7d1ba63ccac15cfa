/** DPIA bundles in PostgreSQL. */
@NullMarked
package com.octomil.privacy.budget.store.compliance;

import org.jspecify.annotations.NullMarked;
