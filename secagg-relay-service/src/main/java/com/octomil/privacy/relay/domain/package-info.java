/**
 * What the relay knows about devices and sessions, and the rules by which a session moves. Plain
 * Java: no framework, no database, no wire format.
 */
@NullMarked
package com.octomil.privacy.relay.domain;

import org.jspecify.annotations.NullMarked;
