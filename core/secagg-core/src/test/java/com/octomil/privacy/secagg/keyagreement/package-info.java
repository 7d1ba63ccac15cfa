@NullMarked
package com.octomil.privacy.secagg.keyagreement;

import org.jspecify.annotations.NullMarked;
