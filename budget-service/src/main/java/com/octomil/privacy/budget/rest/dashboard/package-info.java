/** What serves the dashboard to browsers. */
@NullMarked
package com.octomil.privacy.budget.rest.dashboard;

import org.jspecify.annotations.NullMarked;
