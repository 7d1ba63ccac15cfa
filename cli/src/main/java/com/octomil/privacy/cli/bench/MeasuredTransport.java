package com.octomil.privacy.cli.bench;

import com.octomil.privacy.device.transport.Accepted;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.device.transport.UploadReceipt;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts what devices send, and can make a device vanish before it uploads. Thread-safe. */
final class MeasuredTransport extends ForwardingTransport {

  /** The device is gone; it sends nothing more in this round. */
  static final class Vanished extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Bytes and calls of all devices together. */
  static final class Traffic {
    final LongAdder uploads = new LongAdder();
    final LongAdder uploadBytes = new LongAdder();
    final LongAdder shareBytes = new LongAdder();

    /** Forgets what the rounds before the measured ones sent. */
    void reset() {
      uploads.reset();
      uploadBytes.reset();
      shareBytes.reset();
    }
  }

  private final Traffic traffic;
  private final boolean vanishing;

  MeasuredTransport(DeviceTransport network, Traffic traffic, boolean vanishing) {
    super(network);
    this.traffic = traffic;
    this.vanishing = vanishing;
  }

  @Override
  protected void before(Step step) {
    if (vanishing && step == Step.UPLOAD) {
      throw new Vanished();
    }
  }

  @Override
  public Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares) {
    for (EncryptedShare share : shares) {
      traffic.shareBytes.add(share.ciphertext().size());
    }
    return super.submitShares(ticket, shares);
  }

  @Override
  public Reply<UploadReceipt> upload(Upload upload) {
    Reply<UploadReceipt> reply = super.upload(upload);
    Bytes payload = upload.payload();
    traffic.uploads.increment();
    traffic.uploadBytes.add(payload.size());
    return reply;
  }
}
