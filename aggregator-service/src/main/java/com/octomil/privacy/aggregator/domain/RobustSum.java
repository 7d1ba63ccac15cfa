package com.octomil.privacy.aggregator.domain;

import java.util.Arrays;
import java.util.List;

/**
 * Coordinate by coordinate the exact sum of the values that a robust aggregation keeps. Divided by
 * their number it is the trimmed mean, or the median.
 *
 * @param sum not copied
 * @param kept values behind each coordinate of the sum
 */
@SuppressWarnings("ArrayRecordComponent") // as large as a model
public record RobustSum(long[] sum, int kept) {

  /**
   * Sums up.
   *
   * @param updates at least one, all of the same length, as integers of the grid
   */
  public static RobustSum of(Aggregation aggregation, List<int[]> updates) {
    int count = updates.size();
    int leftOut = aggregation.leftOut(count);
    long[] sum = new long[updates.getFirst().length];
    int[] values = new int[count];
    for (int i = 0; i < sum.length; i++) {
      for (int device = 0; device < count; device++) {
        values[device] = updates.get(device)[i];
      }
      Arrays.sort(values);
      for (int rank = leftOut; rank < count - leftOut; rank++) {
        sum[i] += values[rank];
      }
    }
    return new RobustSum(sum, count - 2 * leftOut);
  }
}
