/**
 * PostgreSQL adapters: Hibernate Reactive for federations and keys, the Vert.x client for the
 * ledger.
 */
@NullMarked
package com.octomil.privacy.budget.store;

import org.jspecify.annotations.NullMarked;
