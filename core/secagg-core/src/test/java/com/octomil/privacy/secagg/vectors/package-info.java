/**
 * Test vectors for implementations in other languages: the program that writes them and the tests
 * that check them.
 */
@NullMarked
package com.octomil.privacy.secagg.vectors;

import org.jspecify.annotations.NullMarked;
