package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.aggregator.domain.JobProgress.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JobProgressTest {

  private static JobProgress.Attempt attempt(int number, int attempt, RoundState state) {
    return new JobProgress.Attempt(
        number,
        attempt,
        new RoundId(new UUID(number, attempt)),
        state,
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalDouble.empty(),
        Optional.empty());
  }

  private static JobProgress job(JobState state, JobProgress.Attempt... attempts) {
    return new JobProgress(state, Optional.empty(), false, 3, 0, List.of(attempts));
  }

  /** Ids of the events, as a reader gets them. */
  private static List<String> told(JobProgress progress, String from) {
    return progress.since(Position.parse(from).orElseThrow()).stream()
        .map(change -> change.position().toString())
        .toList();
  }

  @Test
  void aReaderGetsWhatItHasNotSeenAndNothingTwice() {
    JobProgress.Attempt aborted = attempt(1, 1, RoundState.ABORTED);
    JobProgress now = job(JobState.RUNNING, aborted, attempt(1, 2, RoundState.UPLOADING));
    List<String> all = told(now, Position.BEGINNING.toString());
    assertThat(all).containsExactly("running/0/0/", "running/1/1/aborted", "running/1/2/uploading");
    List<String> rest = new ArrayList<>();
    for (String id : all) {
      rest.clear();
      rest.addAll(told(now, id));
      assertThat(rest).isEqualTo(all.subList(all.indexOf(id) + 1, all.size()));
    }
    assertThat(told(now, "running/1/2/open")).containsExactly("running/1/2/uploading");
    assertThat(told(now, "pending/0/0/")).isEqualTo(all);
  }

  @Test
  void theEndOfTheJobComesLast() {
    JobProgress done = job(JobState.COMPLETED, attempt(3, 1, RoundState.COMMITTED));
    assertThat(told(done, "running/3/1/unmasking"))
        .containsExactly("running/3/1/committed", "completed/3/1/committed");
    assertThat(told(done, "completed/3/1/committed")).isEmpty();
  }

  @Test
  void aPauseThatWasAskedForIsTold() {
    JobProgress pausing =
        new JobProgress(JobState.RUNNING, Optional.empty(), true, 3, 0, List.of());
    assertThat(told(pausing, "running/1/1/open")).containsExactly("pausing/1/1/open");
    assertThat(told(job(JobState.PAUSED), "pausing/1/1/aborted"))
        .containsExactly("paused/1/1/aborted");
  }

  @Test
  void positionsOfOthersAreNotRead() {
    for (String bad :
        List.of(
            "x",
            "running/1/1",
            "running/-1/1/open",
            "running/1/1/open\n",
            "RUNNING/0/0/",
            "running/99999999999/1/open")) {
      assertThat(Position.parse(bad)).as(bad).isEmpty();
    }
    assertThat(Position.parse(Position.BEGINNING.toString())).contains(Position.BEGINNING);
  }
}
