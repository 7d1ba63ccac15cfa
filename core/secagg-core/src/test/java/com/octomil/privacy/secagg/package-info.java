@NullMarked
package com.octomil.privacy.secagg;

import org.jspecify.annotations.NullMarked;
