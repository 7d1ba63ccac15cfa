package com.octomil.privacy.budget.domain.audit;

import com.octomil.privacy.audit.Checkpoint;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The end of a chain. The array is not to be changed.
 *
 * @param sequence of the last entry; 0: there is none
 * @param hash after it
 * @param signed by whoever appended last; empty: nobody has yet
 */
public record ChainHead(long sequence, byte[] hash, Optional<Checkpoint> signed) {

  /** Whether the signature is of this head. */
  public boolean isSigned(Predicate<Checkpoint> verifies) {
    return signed
        .filter(checkpoint -> checkpoint.sequence() == sequence)
        .filter(checkpoint -> Arrays.equals(checkpoint.hash(), hash))
        .filter(verifies)
        .isPresent();
  }
}
