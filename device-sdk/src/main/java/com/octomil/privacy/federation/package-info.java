/**
 * The operator's client for the REST interfaces of the services: privacy, budget, models, training,
 * enrolment codes. It uses {@code java.net.http} and is meant for servers and desktops; devices
 * need {@code com.octomil.privacy.device} only.
 */
@NullMarked
package com.octomil.privacy.federation;

import org.jspecify.annotations.NullMarked;
