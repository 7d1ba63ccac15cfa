/** The gRPC faces of the relay: for devices and for the aggregator. */
@NullMarked
package com.octomil.privacy.relay.grpc;

import org.jspecify.annotations.NullMarked;
