/** API-key authentication of REST resources. */
@NullMarked
package com.octomil.privacy.kit.auth;

import org.jspecify.annotations.NullMarked;
