/** The demonstration: simulated devices train on real data through the real services. */
@NullMarked
package com.octomil.privacy.cli.demo;

import org.jspecify.annotations.NullMarked;
