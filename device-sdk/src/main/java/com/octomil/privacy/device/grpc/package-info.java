/** The transport over gRPC: stubs, deadlines, translation of messages and of status codes. */
@NullMarked
package com.octomil.privacy.device.grpc;

import org.jspecify.annotations.NullMarked;
