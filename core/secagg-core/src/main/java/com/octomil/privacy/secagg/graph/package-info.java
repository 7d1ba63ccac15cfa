/**
 * The verifiable neighbour graph: nonce commitment, Merkle tree over the roster, ring permutation.
 */
@NullMarked
package com.octomil.privacy.secagg.graph;

import org.jspecify.annotations.NullMarked;
