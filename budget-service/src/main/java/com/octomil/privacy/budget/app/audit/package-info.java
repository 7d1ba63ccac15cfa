/** Use cases of the audit log. */
@NullMarked
package com.octomil.privacy.budget.app.audit;

import org.jspecify.annotations.NullMarked;
