/** Byte layouts and checks shared by the packages of this library. Not part of the public API. */
@NullMarked
package com.octomil.privacy.secagg.internal;

import org.jspecify.annotations.NullMarked;
