package com.octomil.privacy.device;

/**
 * What a round asks of the trainer.
 *
 * @param algorithm for example {@code fedavg}
 * @param localEpochs passes over the local data
 * @param learningRate step size of the local optimiser
 * @param roundNumber within the training job, from 1
 * @param proximalMu weight mu of the proximal term mu/2 |w - w_0|^2 that the trainer adds to its
 *     loss, w_0 being the model that it got (FedProx, Li et al. 2020); 0: none
 * @param clipNorm L2 bound; a longer update will be scaled down to it. A trainer does not do that
 *     itself: where the bound follows the updates, it would never grow
 */
public record TrainingInstructions(
    String algorithm,
    int localEpochs,
    double learningRate,
    int roundNumber,
    double proximalMu,
    double clipNorm) {}
