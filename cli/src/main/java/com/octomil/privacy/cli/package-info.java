/** The {@code octomil} command line. */
@NullMarked
package com.octomil.privacy.cli;

import org.jspecify.annotations.NullMarked;
