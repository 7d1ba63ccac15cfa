/**
 * The device side of the protocol: enrolment, participation in rounds, and everything a device
 * checks before it trusts a server.
 */
@NullMarked
package com.octomil.privacy.device;

import org.jspecify.annotations.NullMarked;
