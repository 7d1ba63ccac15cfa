package com.octomil.privacy.federation;

import java.util.Optional;

/**
 * How a training ended.
 *
 * @param job the last answer; {@link TrainingJob#completed()} tells success, {@link
 *     TrainingJob#reason()} why it is paused or failed
 * @param weights of the last version that the job published; empty if it published none
 * @param budget what is spent and left after the last round
 */
public record TrainingResult(TrainingJob job, Optional<float[]> weights, Budget budget) {}
