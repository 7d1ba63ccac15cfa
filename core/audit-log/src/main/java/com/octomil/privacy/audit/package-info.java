/**
 * The format of the audit log, as docs/AUDIT_FORMAT.md describes it: canonical entries, the hash
 * chain over them, signed checkpoints, exports and their verification. Used by whoever writes the
 * log and by whoever does not trust the writer.
 */
@NullMarked
package com.octomil.privacy.audit;

import org.jspecify.annotations.NullMarked;
