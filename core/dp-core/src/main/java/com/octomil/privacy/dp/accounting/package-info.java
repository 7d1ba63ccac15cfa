/** Privacy accountants: what a sequence of releases costs, with certified bounds. */
@NullMarked
package com.octomil.privacy.dp.accounting;

import org.jspecify.annotations.NullMarked;
