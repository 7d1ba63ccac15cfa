package com.octomil.privacy.kit.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Answers gRPC calls from virtual threads, so that a handler may block on the database or hold a
 * long poll without occupying an event loop or a pool thread. Thread-safe.
 */
public final class Replies {

  private static final Logger LOG = Logger.getLogger(Replies.class);
  private static final ExecutorService VIRTUAL =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("grpc-", 0).factory());

  private Replies() {}

  /**
   * Runs {@code answer} on a virtual thread and completes {@code observer} with its value or with
   * the status of its failure. Returns at once. A call that its client has cancelled gets no
   * answer.
   */
  public static <T> void unary(StreamObserver<T> observer, Supplier<T> answer) {
    if (observer instanceof ServerCallStreamObserver<T> call) {
      // Without a handler, answering a cancelled call throws.
      call.setOnCancelHandler(() -> LOG.trace("call cancelled by its client"));
    }
    Context context = Context.current();
    VIRTUAL.execute(() ->
        context.run(() -> {
          T value;
          try {
            value = answer.get();
          } catch (Throwable failure) {
            observer.onError(GrpcFailures.toStatus(failure));
            return;
          }
          observer.onNext(value);
          observer.onCompleted();
        }));
  }

  /**
   * Runs {@code handler} on a virtual thread; its failure ends the call with the matching status.
   * Returns at once.
   */
  public static void onVirtualThread(StreamObserver<?> observer, Runnable handler) {
    Context context = Context.current();
    VIRTUAL.execute(() ->
        context.run(() -> {
          try {
            handler.run();
          } catch (Throwable failure) {
            observer.onError(GrpcFailures.toStatus(failure));
          }
        }));
  }
}
