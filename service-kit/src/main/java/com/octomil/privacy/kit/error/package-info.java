/** Error codes and the exception that carries one. */
@NullMarked
package com.octomil.privacy.kit.error;

import org.jspecify.annotations.NullMarked;
