package com.octomil.privacy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.transport.Step;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DropoutPlanTest {

  @Test
  void theStatedShareDropsOutOfEveryRoundAtDifferentSteps() {
    DropoutPlan plan = new DropoutPlan(57, 0.15, DropoutPlan.SECURE_STEPS, 7);

    for (int round = 1; round <= 20; round++) {
      int dropped = 0;
      Set<Step> steps = EnumSet.noneOf(Step.class);
      for (int device = 0; device < 57; device++) {
        Optional<Step> step = plan.stepOf(device, round);
        dropped += step.isPresent() ? 1 : 0;
        step.ifPresent(steps::add);
      }
      assertThat(dropped).isEqualTo(9);
      assertThat(steps).containsExactlyInAnyOrderElementsOf(DropoutPlan.SECURE_STEPS);
    }
  }

  @Test
  void nobodyDropsOutOfAShareOfZero() {
    DropoutPlan plan = new DropoutPlan(57, 0, DropoutPlan.SECURE_STEPS, 7);

    for (int device = 0; device < 57; device++) {
      assertThat(plan.stepOf(device, 1)).isEmpty();
    }
  }

  @Test
  void aShareIsBelowOne() {
    assertThatThrownBy(() -> new DropoutPlan(57, 1, DropoutPlan.SECURE_STEPS, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("share is 1.0; it must be at least 0 and below 1");
  }
}
