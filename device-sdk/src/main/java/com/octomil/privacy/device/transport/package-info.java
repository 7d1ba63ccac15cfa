/**
 * The port through which a device talks to the relay and the aggregator, in the words of the
 * protocol: one method per call of the contracts, one record per message. Nothing here knows gRPC
 * or protobuf.
 */
@NullMarked
package com.octomil.privacy.device.transport;

import org.jspecify.annotations.NullMarked;
