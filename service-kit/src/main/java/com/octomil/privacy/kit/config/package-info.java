/** Settings that all services have. */
@NullMarked
package com.octomil.privacy.kit.config;

import org.jspecify.annotations.NullMarked;
