/** The device-facing gRPC service and its mappers. */
@NullMarked
package com.octomil.privacy.aggregator.grpc;

import org.jspecify.annotations.NullMarked;
