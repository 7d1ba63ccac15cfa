/** Reports to the audit log: a durable outbox and what empties it. */
@NullMarked
package com.octomil.privacy.kit.audit;

import org.jspecify.annotations.NullMarked;
