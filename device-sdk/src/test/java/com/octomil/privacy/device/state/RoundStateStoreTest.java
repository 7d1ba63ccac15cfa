package com.octomil.privacy.device.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One contract for both stores; the file store keeps it across restarts. */
class RoundStateStoreTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant LATER = NOW.plus(Duration.ofDays(7));
  private static final Bytes ROUND = Bytes.of(new byte[] {1, 2, 3});
  private static final Bytes MODEL = Bytes.of(new byte[] {9});

  @TempDir Path directory;

  @Test
  void memory() {
    MemoryRoundStateStore store = new MemoryRoundStateStore();
    contract(store, same -> same);
  }

  @Test
  void fileAcrossRestarts() {
    Path home = directory.resolve("device");
    try (FileRoundStateStore store = FileRoundStateStore.open(home)) {
      contract(
          store,
          before -> {
            ((FileRoundStateStore) before).close();
            return FileRoundStateStore.open(home);
          });
    }
  }

  private static void contract(RoundStateStore first, UnaryOperator<RoundStateStore> restart) {
    assertThat(first.begin(ROUND, NOW, LATER)).isTrue();
    RoundStateStore store = restart.apply(first);
    assertThat(store.begin(ROUND, NOW, LATER)).isFalse();

    Bytes bitmap = Bytes.of(new byte[] {7});
    assertThat(store.fixSurvivors(ROUND, bitmap)).isEqualTo(bitmap);
    store = restart.apply(store);
    assertThat(store.fixSurvivors(ROUND, Bytes.of(new byte[] {3}))).isEqualTo(bitmap);

    Map<Integer, SecretKind> reveals = Map.of(0, SecretKind.SELF_MASK_SEED, 5, SecretKind.MASK_KEY);
    assertThat(store.fixReveals(ROUND, reveals)).isEqualTo(reveals);
    store = restart.apply(store);
    assertThat(store.fixReveals(ROUND, Map.of(0, SecretKind.MASK_KEY))).isEqualTo(reveals);

    store.saveSecrets(ROUND, new byte[] {4, 5});
    store = restart.apply(store);
    assertThat(store.secrets())
        .hasValueSatisfying(secrets -> assertThat(secrets).containsExactly(4, 5));
    store.eraseSecrets();
    assertThat(store.secrets()).isEmpty();
    store = restart.apply(store);
    assertThat(store.secrets()).isEmpty();

    PastCohort complete =
        new PastCohort(
            "f",
            MODEL,
            ROUND,
            2,
            Optional.of(Set.of(Bytes.of(new byte[] {1}), Bytes.of(new byte[] {2}))));
    PastCohort sparse = new PastCohort("f", MODEL, Bytes.of(new byte[] {8}), 40, Optional.empty());
    store.rememberCohort(complete);
    store.rememberCohort(complete);
    store.rememberCohort(sparse);
    store = restart.apply(store);
    assertThat(store.cohorts("f", MODEL)).containsExactly(complete, sparse);
    assertThat(store.cohorts("g", MODEL)).isEmpty();
    assertThat(store.cohorts("f", ROUND)).isEmpty();

    RoundStateStore last = store;
    assertThatThrownBy(() -> last.fixSurvivors(Bytes.of(new byte[] {42}), bitmap))
        .isInstanceOf(StateStoreException.class)
        .hasMessageContaining("2a");

    // Forgotten once nothing of it can be replayed any more.
    assertThat(store.begin(Bytes.of(new byte[] {6}), LATER.plusSeconds(1), LATER.plusSeconds(9)))
        .isTrue();
    assertThat(store.begin(ROUND, LATER.plusSeconds(1), LATER.plusSeconds(9))).isTrue();
    if (store instanceof FileRoundStateStore file) {
      file.close();
    }
  }

  @Test
  void onlyTheLastCohortsAreRemembered() {
    MemoryRoundStateStore store = new MemoryRoundStateStore();
    for (int i = 0; i <= RoundJournal.MAX_COHORTS; i++) {
      store.rememberCohort(
          new PastCohort("f", MODEL, Bytes.of(new byte[] {(byte) i}), 3, Optional.empty()));
    }
    List<PastCohort> cohorts = store.cohorts("f", MODEL);
    assertThat(cohorts).hasSize(RoundJournal.MAX_COHORTS);
    assertThat(cohorts.get(0).roundId()).isEqualTo(Bytes.of(new byte[] {1}));
  }

  @Test
  void onlyTheOwnerMayReadTheFiles() throws Exception {
    Path home = directory.resolve("device");
    try (FileRoundStateStore store = FileRoundStateStore.open(home)) {
      store.begin(ROUND, NOW, LATER);
      store.saveSecrets(ROUND, new byte[] {1});
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
          .isEqualTo("rwx------");
      for (String name : List.of("journal", "secrets")) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(name))))
            .isEqualTo("rw-------");
      }
      store.eraseSecrets();
      try (var files = Files.list(home)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrder("journal", "lock");
      }
    }
  }

  @Test
  void oneProcessAtATime() {
    try (FileRoundStateStore store = FileRoundStateStore.open(directory)) {
      assertThat(store.secrets()).isEmpty();
      assertThatThrownBy(() -> FileRoundStateStore.open(directory))
          .isInstanceOf(StateStoreException.class)
          .hasMessageContaining("in use");
    }
  }

  @Test
  void everyDamagedByteOfTheJournalIsNoticed() throws Exception {
    try (FileRoundStateStore store = FileRoundStateStore.open(directory)) {
      store.begin(ROUND, NOW, LATER);
    }
    Path journal = directory.resolve("journal");
    byte[] good = Files.readAllBytes(journal);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 0x10;
      Files.write(journal, bad);
      assertThatThrownBy(() -> FileRoundStateStore.open(directory))
          .isInstanceOf(StateStoreException.class);
    }
    for (int length = 0; length < good.length; length++) {
      Files.write(journal, Arrays.copyOf(good, length));
      assertThatThrownBy(() -> FileRoundStateStore.open(directory))
          .isInstanceOf(StateStoreException.class);
    }
    Files.write(journal, good);
    try (FileRoundStateStore store = FileRoundStateStore.open(directory)) {
      assertThat(store.begin(ROUND, NOW, LATER)).isFalse();
    }
  }

  @Test
  void aClosedStoreDoesNotPretendToRemember() {
    FileRoundStateStore store = FileRoundStateStore.open(directory);
    store.close();
    assertThatThrownBy(() -> store.begin(ROUND, NOW, LATER))
        .isInstanceOf(StateStoreException.class);
  }
}
