/** TLS of gRPC, in both directions, with certificates that are renewed without a restart. */
@NullMarked
package com.octomil.privacy.kit.tls;

import org.jspecify.annotations.NullMarked;
