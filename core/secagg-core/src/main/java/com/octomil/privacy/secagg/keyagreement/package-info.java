/** X25519, Ed25519, HKDF-SHA256 and the encryption of shares. */
@NullMarked
package com.octomil.privacy.secagg.keyagreement;

import org.jspecify.annotations.NullMarked;
