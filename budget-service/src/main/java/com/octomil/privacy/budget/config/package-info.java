/** Configuration of the budget service. */
@NullMarked
package com.octomil.privacy.budget.config;

import org.jspecify.annotations.NullMarked;
