@NullMarked
package com.octomil.privacy.kit.region;

import org.jspecify.annotations.NullMarked;
