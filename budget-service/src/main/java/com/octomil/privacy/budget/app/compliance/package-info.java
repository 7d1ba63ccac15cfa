/** Compliance reports and DPIA bundles. */
@NullMarked
package com.octomil.privacy.budget.app.compliance;

import org.jspecify.annotations.NullMarked;
