/** Commands that work with an installation over REST, on this machine or elsewhere. */
@NullMarked
package com.octomil.privacy.cli.remote;

import org.jspecify.annotations.NullMarked;
