/** What the tests of the budget service share. */
@NullMarked
package com.octomil.privacy.budget.test;

import org.jspecify.annotations.NullMarked;
