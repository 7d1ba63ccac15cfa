@NullMarked
package com.octomil.privacy.secagg.secretsharing;

import org.jspecify.annotations.NullMarked;
