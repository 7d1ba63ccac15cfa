package com.octomil.privacy.cli.bench;

/**
 * What uploads are sent at once.
 *
 * @param devices uploads in one moment
 * @param modelSize coordinates of the model
 * @param rounds measured rounds, one after the other
 * @param warmUp rounds before them that are not measured
 */
record IngestOptions(int devices, int modelSize, int rounds, int warmUp) {

  IngestOptions {
    RoundOptions.within("--devices", devices, 20, 1000);
    RoundOptions.within("--model-size", modelSize, 1, 10_000_000);
    RoundOptions.within("--rounds", rounds, 1, 50);
    RoundOptions.within("--warm-up", warmUp, 0, 50);
  }
}
