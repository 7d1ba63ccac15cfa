/** What compliance reports and DPIA bundles say. */
@NullMarked
package com.octomil.privacy.budget.domain.compliance;

import org.jspecify.annotations.NullMarked;
