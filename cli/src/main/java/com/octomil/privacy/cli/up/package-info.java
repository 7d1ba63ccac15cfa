/** The command that runs the services in the foreground. */
@NullMarked
package com.octomil.privacy.cli.up;

import org.jspecify.annotations.NullMarked;
