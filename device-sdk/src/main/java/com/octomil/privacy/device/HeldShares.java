package com.octomil.privacy.device;

import com.octomil.privacy.secagg.SecretBytes;

/**
 * One device's shares of a neighbour's two secrets, of which it reveals one. Closing erases both.
 *
 * @param seedShare of the neighbour's self-mask seed
 * @param maskKeyShare of its mask key
 */
record HeldShares(SecretBytes seedShare, SecretBytes maskKeyShare) implements AutoCloseable {
  @Override
  public void close() {
    seedShare.close();
    maskKeyShare.close();
  }
}
