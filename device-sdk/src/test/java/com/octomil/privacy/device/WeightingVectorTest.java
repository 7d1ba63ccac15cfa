package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.dp.sensitivity.AdaptiveClipping;
import com.octomil.privacy.dp.sensitivity.ClippedWeight;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WeightingVectorTest {

  @Test
  void clippingBitsAreThoseOfTheVectors() throws Exception {
    JsonNode cases =
        new ObjectMapper()
            .readTree(Path.of("..", "proto", "vectors", "clipping.json").toFile())
            .path("cases");
    assertThat(cases).hasSizeGreaterThan(4);
    for (JsonNode each : cases) {
      float[] update = new float[each.path("update").size()];
      for (int i = 0; i < update.length; i++) {
        update[i] = (float) each.path("update").get(i).doubleValue();
      }
      assertThat(AdaptiveClipping.bit(update, each.path("clip_norm").doubleValue()))
          .isEqualTo(each.path("bit").intValue());
    }
  }

  @Test
  void updatesAreWeighedAsTheVectorsSay() throws Exception {
    JsonNode cases =
        new ObjectMapper()
            .readTree(Path.of("..", "proto", "vectors", "weighting.json").toFile())
            .path("cases");
    assertThat(cases).hasSizeGreaterThan(4);
    for (JsonNode each : cases) {
      JsonNode values = each.path("update");
      float[] update = new float[values.size()];
      for (int i = 0; i < update.length; i++) {
        update[i] = (float) values.get(i).doubleValue();
      }
      double clipNorm = each.path("clip_norm").doubleValue();
      double gridStep = each.path("grid_step").doubleValue();
      ClippedWeight weight =
          ClippedWeight.ofExamples(
              each.path("examples").intValue(), each.path("max_weight").intValue());
      double[] weighted = weight.apply(update, clipNorm);
      int[] vector = new int[update.length + 1];
      for (int i = 0; i < update.length; i++) {
        double integer = weighted[i] / gridStep;
        assertThat(integer).isEqualTo(Math.rint(integer));
        vector[i] = (int) integer;
      }
      vector[update.length] = weight.weight();
      int[] expected = new int[each.path("vector").size()];
      Arrays.setAll(expected, i -> each.path("vector").get(i).intValue());
      assertThat(vector).isEqualTo(expected);
      // Short of the norm nothing is rounded; at the norm the encoder shortens before it rounds.
      int[] encoded = new GridEncoder(clipNorm, gridStep).encode(weighted, new SecureRandom());
      for (int i = 0; i < encoded.length; i++) {
        assertThat(encoded[i]).isBetween(vector[i] - 1, vector[i] + 1);
      }
    }
  }
}
