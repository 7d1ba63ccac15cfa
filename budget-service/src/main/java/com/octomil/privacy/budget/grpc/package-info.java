/** gRPC services for the other services. */
@NullMarked
package com.octomil.privacy.budget.grpc;

import org.jspecify.annotations.NullMarked;
