/** Measurements by the command line, each beside a limit or a yardstick in the same run. */
@NullMarked
package com.octomil.privacy.cli.bench;

import org.jspecify.annotations.NullMarked;
