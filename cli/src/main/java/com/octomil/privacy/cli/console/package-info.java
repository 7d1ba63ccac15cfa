/** What the commands share: exit codes, streams and tables. */
@NullMarked
package com.octomil.privacy.cli.console;

import org.jspecify.annotations.NullMarked;
