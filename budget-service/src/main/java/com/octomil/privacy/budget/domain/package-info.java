/**
 * Privacy configurations, the arithmetic of the epsilon ledger and what both mean. Knows neither
 * transport nor storage.
 */
@NullMarked
package com.octomil.privacy.budget.domain;

import org.jspecify.annotations.NullMarked;
