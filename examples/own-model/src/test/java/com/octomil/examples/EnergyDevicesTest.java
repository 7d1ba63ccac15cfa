package com.octomil.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.examples.EnergyDevices.EnergyTrainer;
import com.octomil.privacy.device.TrainingInstructions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnergyDevicesTest {

  @Test
  void aDeviceOnItsOwnFindsTheWeights() {
    EnergyTrainer trainer = new EnergyTrainer(EnergyDevices.readings(7));
    float[] update =
        trainer.train(new float[4], new TrainingInstructions("fedavg", 300, 0.2, 1, 0, 1.0));
    assertThat(update[0]).isCloseTo(2f, within(0.1f));
    assertThat(update[1]).isCloseTo(-1f, within(0.1f));
    assertThat(update[2]).isCloseTo(0.5f, within(0.1f));
    assertThat(update[3]).isCloseTo(1f, within(0.1f));
    assertThat(trainer.examples()).hasValue(20);
  }

  @Test
  void theUpdateIsTheDifferenceToTheModel() {
    float[] good = {2, -1, 0.5f, 1};
    float[] update =
        new EnergyTrainer(EnergyDevices.readings(7))
            .train(good, new TrainingInstructions("fedavg", 300, 0.2, 1, 0, 1.0));
    for (float coordinate : update) {
      assertThat(coordinate).isCloseTo(0f, within(0.1f));
    }
  }

  /** The tutorial shows this code. */
  @Test
  void theTutorialShowsThisCode() throws Exception {
    String tutorial = Files.readString(Path.of("../../docs/tutorials/your-own-model.md"));
    for (String part : List.of("trainer", "device", "training")) {
      String file = part.equals("training") ? "EnergyTraining" : "EnergyDevices";
      String source =
          Files.readString(Path.of("src/main/java/com/octomil/examples/" + file + ".java"));
      String begin = "// Tutorial: " + part + " begins\n";
      String shown =
          source
              .substring(
                  source.indexOf(begin) + begin.length(),
                  source.indexOf("  // Tutorial: " + part + " ends"))
              .stripTrailing()
              .stripIndent()
              .strip();
      assertThat(shown.lines().count()).isGreaterThan(15);
      assertThat(tutorial).contains("```java\n" + shown + "\n```");
    }
  }
}
