package com.octomil.privacy.aggregator.grpc;

import com.octomil.privacy.aggregator.app.Outcome;
import com.octomil.privacy.aggregator.app.Uploads;
import com.octomil.privacy.aggregator.app.Uploads.Begun;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One upload call. The transport hands messages to a virtual thread and gets a new one only when
 * that thread asks for it, so a call never holds more than a few chunks beside the payload itself.
 */
final class UploadStream implements StreamObserver<UploadRequest> {
  /** Messages that may be on their way at once, to keep the connection busy. */
  private static final int WINDOW = 2;

  /** A device that sends nothing for so long is given up. */
  private static final long PATIENCE_SECONDS = 30;

  private sealed interface Event {
    record Message(UploadRequest request) implements Event {}

    record End() implements Event {}

    record Broken() implements Event {}
  }

  // Window, end and a break: offer never fails.
  private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(WINDOW + 4);
  private final ServerCallStreamObserver<UploadResponse> call;
  private final Uploads uploads;

  private UploadStream(ServerCallStreamObserver<UploadResponse> call, Uploads uploads) {
    this.call = call;
    this.uploads = uploads;
  }

  static UploadStream start(ServerCallStreamObserver<UploadResponse> call, Uploads uploads) {
    UploadStream stream = new UploadStream(call, uploads);
    call.disableAutoRequest();
    call.setOnCancelHandler(() -> stream.put(new Event.Broken()));
    call.request(1);
    Replies.onVirtualThread(call, stream::serve);
    return stream;
  }

  @Override
  public void onNext(UploadRequest request) {
    put(new Event.Message(request));
  }

  @Override
  public void onError(Throwable failure) {
    put(new Event.Broken());
  }

  @Override
  public void onCompleted() {
    put(new Event.End());
  }

  // Before a break there may already be one from the cancel handler: that one is enough.
  private void put(Event event) {
    if (!events.offer(event) && !(event instanceof Event.Broken)) {
      throw new IllegalStateException("the transport delivered more than was asked for");
    }
  }

  private void serve() {
    switch (next()) {
      case Event.Message(UploadRequest request) -> {
        if (!request.hasHeader()) {
          throw DeviceMapper.invalid(
              "part", request.getPartCase().name(), "must be the header in the first message");
        }
        begin(request.getHeader());
      }
      case Event.End() -> throw DeviceMapper.invalid("header", null, "is missing");
      case Event.Broken() -> {}
    }
  }

  private void begin(UploadHeader header) {
    Begun begun =
        uploads.begin(
            new Uploads.Header(
                DeviceMapper.toTicket(header.getTicket()),
                header.getPayloadBytes(),
                DeviceMapper.toOctets(header.getPayloadSha256()),
                DeviceMapper.toOctets(header.getSignature())));
    switch (begun) {
      case Begun.Answered(Outcome<Boolean> outcome) -> answer(outcome);
      case Begun.Go(Uploads.Upload upload) -> {
        try (upload) {
          receive(upload);
        }
      }
    }
  }

  private void receive(Uploads.Upload upload) {
    call.request(WINDOW);
    while (true) {
      switch (next()) {
        case Event.Message(UploadRequest request) -> {
          if (!request.hasChunk()) {
            throw DeviceMapper.invalid(
                "part", request.getPartCase().name(), "must be a chunk after the header");
          }
          upload.chunk(request.getChunk().asReadOnlyByteBuffer());
          call.request(1);
        }
        case Event.End() -> {
          answer(upload.finish());
          return;
        }
        case Event.Broken() -> {
          return;
        }
      }
    }
  }

  private void answer(Outcome<Boolean> outcome) {
    call.onNext(DeviceAggregatorService.toProto(outcome));
    call.onCompleted();
  }

  private Event next() {
    try {
      Event event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (event == null) {
        throw io.grpc.Status.DEADLINE_EXCEEDED
            .withDescription("no chunk came for too long")
            .asRuntimeException();
      }
      return event;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Event.Broken();
    }
  }
}
