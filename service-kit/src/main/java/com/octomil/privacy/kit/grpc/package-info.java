/** gRPC error contract, service authentication and reply helpers. */
@NullMarked
package com.octomil.privacy.kit.grpc;

import org.jspecify.annotations.NullMarked;
