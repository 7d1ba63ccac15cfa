/** Privacy accounting on the command line. */
@NullMarked
package com.octomil.privacy.cli.accountant;

import org.jspecify.annotations.NullMarked;
