/** REST resources for operators. JSON in snake_case; errors are problem documents (RFC 9457). */
@NullMarked
package com.octomil.privacy.budget.rest;

import org.jspecify.annotations.NullMarked;
