/** {@code octomil audit}: exports of the audit log and their verification. */
@NullMarked
package com.octomil.privacy.cli.audit;

import org.jspecify.annotations.NullMarked;
