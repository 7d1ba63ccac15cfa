/** Black-box tests over the three services as processes. */
@NullMarked
package com.octomil.privacy.it;

import org.jspecify.annotations.NullMarked;
