@NullMarked
package com.octomil.privacy.secagg.graph;

import org.jspecify.annotations.NullMarked;
