/**
 * What a device must not forget between rounds and across restarts, so that it never helps to
 * unmask anyone.
 */
@NullMarked
package com.octomil.privacy.device.state;

import org.jspecify.annotations.NullMarked;
