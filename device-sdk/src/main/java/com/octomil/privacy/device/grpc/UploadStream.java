package com.octomil.privacy.device.grpc;

import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import org.jspecify.annotations.Nullable;

/**
 * Sends one upload from a blocking thread and waits whenever the connection is full, so that an
 * upload never lies in memory twice. The call's own deadline ends every wait.
 */
final class UploadStream implements ClientResponseObserver<UploadRequest, UploadResponse> {

  private final Object monitor = new Object();
  private @Nullable ClientCallStreamObserver<UploadRequest> requests;
  private @Nullable UploadResponse response;
  private @Nullable Throwable failure;
  private boolean done;

  @Override
  public void beforeStart(ClientCallStreamObserver<UploadRequest> stream) {
    stream.setOnReadyHandler(this::wake);
    synchronized (monitor) {
      requests = stream;
    }
  }

  @Override
  public void onNext(UploadResponse value) {
    synchronized (monitor) {
      response = value;
    }
  }

  @Override
  public void onError(Throwable t) {
    synchronized (monitor) {
      failure = t;
      done = true;
      monitor.notifyAll();
    }
  }

  @Override
  public void onCompleted() {
    synchronized (monitor) {
      done = true;
      monitor.notifyAll();
    }
  }

  private void wake() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  /** Returns false if the server has already answered and takes nothing more. */
  boolean send(UploadRequest message) {
    ClientCallStreamObserver<UploadRequest> stream = stream();
    synchronized (monitor) {
      while (!done && !stream.isReady()) {
        await(stream);
      }
      if (done) {
        return false;
      }
    }
    stream.onNext(message);
    return true;
  }

  /** Ends the upload and waits for the answer. */
  UploadResponse finish() {
    ClientCallStreamObserver<UploadRequest> stream = stream();
    boolean open;
    synchronized (monitor) {
      open = !done;
    }
    if (open) {
      stream.onCompleted();
    }
    synchronized (monitor) {
      while (!done) {
        await(stream);
      }
      if (response != null) {
        return response;
      }
      if (failure != null) {
        throw Status.fromThrowable(failure)
            .asRuntimeException(Status.trailersFromThrowable(failure));
      }
    }
    throw new IllegalArgumentException("the upload was ended without an answer");
  }

  private ClientCallStreamObserver<UploadRequest> stream() {
    synchronized (monitor) {
      if (requests == null) {
        throw new IllegalStateException("the call has not been started");
      }
      return requests;
    }
  }

  private void await(ClientCallStreamObserver<UploadRequest> stream) throws StatusRuntimeException {
    try {
      monitor.wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stream.cancel("interrupted", e);
      throw Status.CANCELLED.withDescription("interrupted").withCause(e).asRuntimeException();
    }
  }
}
