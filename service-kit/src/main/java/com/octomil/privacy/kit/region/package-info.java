/** The region a service runs in, and the pins of federations. */
@NullMarked
package com.octomil.privacy.kit.region;

import org.jspecify.annotations.NullMarked;
