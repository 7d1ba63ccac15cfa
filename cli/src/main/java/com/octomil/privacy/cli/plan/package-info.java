/** {@code octomil plan}: what a cohort costs before anybody trains on it. */
@NullMarked
package com.octomil.privacy.cli.plan;

import org.jspecify.annotations.NullMarked;
