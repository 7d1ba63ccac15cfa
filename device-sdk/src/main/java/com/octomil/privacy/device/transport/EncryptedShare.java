package com.octomil.privacy.device.transport;

/**
 * The shares of one device for one neighbour, readable by that neighbour only.
 *
 * @param fromIndex roster index of the sender
 * @param toIndex roster index of the receiver
 * @param ciphertext AES-256-GCM
 */
public record EncryptedShare(int fromIndex, int toIndex, Bytes ciphertext) {}
