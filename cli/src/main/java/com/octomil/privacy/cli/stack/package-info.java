/** The services and their database as local processes. */
@NullMarked
package com.octomil.privacy.cli.stack;

import org.jspecify.annotations.NullMarked;
