/** What the audit log is. */
@NullMarked
package com.octomil.privacy.budget.domain.audit;

import org.jspecify.annotations.NullMarked;
