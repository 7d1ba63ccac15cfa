package com.octomil.privacy.aggregator.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets a thread that streams to a client wait until the transport takes more, so that slow clients
 * cost no memory.
 */
final class ReadySignal {
  /** A client that takes nothing for so long is given up. */
  private static final long PATIENCE_SECONDS = 60;

  private final ServerCallStreamObserver<?> call;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private ReadySignal(ServerCallStreamObserver<?> call) {
    this.call = call;
  }

  /** Registers the handlers; call it before the gRPC method returns. */
  static ReadySignal on(ServerCallStreamObserver<?> call) {
    ReadySignal signal = new ReadySignal(call);
    call.setOnReadyHandler(signal::wake);
    call.setOnCancelHandler(signal::wake);
    return signal;
  }

  /** Waits until a message can be sent; false if the client is gone. */
  boolean await() {
    lock.lock();
    try {
      long nanos = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!call.isReady() && !call.isCancelled()) {
        if (nanos <= 0) {
          throw io.grpc.Status.CANCELLED
              .withDescription("the client takes nothing")
              .asRuntimeException();
        }
        nanos = changed.awaitNanos(nanos);
      }
      return !call.isCancelled();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
