/** What health checks of the services have in common. */
@NullMarked
package com.octomil.privacy.kit.health;

import org.jspecify.annotations.NullMarked;
