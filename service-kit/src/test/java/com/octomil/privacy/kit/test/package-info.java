/** What the services' own tests share. */
@NullMarked
package com.octomil.privacy.kit.test;

import org.jspecify.annotations.NullMarked;
