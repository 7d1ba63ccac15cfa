/** Transactions on the reactive PostgreSQL client. */
@NullMarked
package com.octomil.privacy.kit.db;

import org.jspecify.annotations.NullMarked;
