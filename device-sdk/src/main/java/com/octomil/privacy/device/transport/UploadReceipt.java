package com.octomil.privacy.device.transport;

/**
 * The upload is durable and will be in the sum if the round succeeds.
 *
 * @param duplicate true if the same upload had been accepted before
 */
public record UploadReceipt(boolean duplicate) {}
