package com.octomil.privacy.aggregator.fleet;

import com.google.protobuf.ByteString;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The device side of the wire. */
public final class AggregatorStub implements AutoCloseable {
  private static final int CHUNK = 100;

  private final ManagedChannel channel;

  public AggregatorStub(int port) {
    this.channel = ManagedChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  public DeviceAggregatorGrpc.DeviceAggregatorBlockingStub blocking() {
    return DeviceAggregatorGrpc.newBlockingStub(channel).withDeadlineAfter(40, TimeUnit.SECONDS);
  }

  public UploadResponse upload(Fleet.Device device) {
    byte[] payload = device.payload();
    return upload(device.header(payload), payload);
  }

  /** Sends a header and a payload in small chunks; throws what the call fails with. */
  public UploadResponse upload(UploadHeader header, byte[] payload) {
    CompletableFuture<UploadResponse> answer = new CompletableFuture<>();
    StreamObserver<UploadRequest> stream =
        DeviceAggregatorGrpc.newStub(channel)
            .withDeadlineAfter(40, TimeUnit.SECONDS)
            .upload(
                new StreamObserver<>() {
                  @Override
                  public void onNext(UploadResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    stream.onNext(UploadRequest.newBuilder().setHeader(header).build());
    for (int from = 0; from < payload.length && !answer.isDone(); from += CHUNK) {
      int length = Math.min(CHUNK, payload.length - from);
      stream.onNext(
          UploadRequest.newBuilder().setChunk(ByteString.copyFrom(payload, from, length)).build());
    }
    if (!answer.isDone()) {
      stream.onCompleted();
    }
    try {
      return answer.get(40, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new AssertionError(e);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  public byte[] model(Ticket ticket) {
    ByteString model = ByteString.EMPTY;
    var chunks = blocking().getModel(GetModelRequest.newBuilder().setTicket(ticket).build());
    while (chunks.hasNext()) {
      model = model.concat(chunks.next().getData());
    }
    return model.toByteArray();
  }

  /** Waits for the survivors. */
  public ByteString survivors(Fleet.Device device) {
    return Await.value(
        "survivors",
        Duration.ofSeconds(30),
        () -> {
          GetSurvivorsResponse response =
              blocking()
                  .getSurvivors(
                      GetSurvivorsRequest.newBuilder()
                          .setTicket(device.ticket())
                          .setWaitMillis(5000)
                          .build());
          return response.hasSurvivors()
              ? Optional.of(response.getSurvivors().getSurvivors())
              : Optional.empty();
        });
  }

  public SignSurvivorsResponse sign(Fleet.Device device, ByteString bitmap) {
    return blocking()
        .signSurvivors(
            SignSurvivorsRequest.newBuilder()
                .setTicket(device.ticket())
                .setSignature(device.signSurvivors(bitmap))
                .build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
