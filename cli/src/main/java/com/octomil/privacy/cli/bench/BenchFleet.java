package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.Enrollment;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.federation.Federation;
import io.grpc.ManagedChannel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Devices of the SDK that share a few connections, as devices behind one gateway would.
 * Thread-safe.
 */
final class BenchFleet implements AutoCloseable {

  private static final int CONNECTIONS = 8;
  private static final int ENROLLING_AT_ONCE = 64;

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<DeviceTransport> networks = new ArrayList<>();
  private final SecureRandom random = new SecureRandom();

  BenchFleet(Endpoints endpoints) {
    for (int i = 0; i < CONNECTIONS; i++) {
      ManagedChannel relay = GrpcChannels.connectInsecure(endpoints.relayGrpc());
      ManagedChannel aggregator = GrpcChannels.connectInsecure(endpoints.aggregatorGrpc());
      channels.add(relay);
      channels.add(aggregator);
      networks.add(new GrpcDeviceTransport(relay, aggregator));
    }
  }

  /** The connection of a device. */
  DeviceTransport network(int device) {
    return networks.get(device % CONNECTIONS);
  }

  /** Enrols so many devices. */
  List<DeviceIdentity> enroll(Federation federation, int devices) throws InterruptedException {
    Bytes authority = Bytes.of(federation.enrollmentAuthorityKey());
    List<String> codes =
        federation.createEnrollmentCodes(devices, "").codes().stream()
            .map(code -> code.code())
            .toList();
    Semaphore atOnce = new Semaphore(ENROLLING_AT_ONCE);
    List<Future<DeviceIdentity>> futures = new ArrayList<>();
    try (ExecutorService enrolling = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < codes.size(); i++) {
        String code = codes.get(i);
        DeviceTransport network = network(i);
        futures.add(
            enrolling.submit(() -> {
              atOnce.acquire();
              try {
                return Enrollment.enroll(network, code, "", authority, random);
              } finally {
                atOnce.release();
              }
            }));
      }
      List<DeviceIdentity> identities = new ArrayList<>();
      for (Future<DeviceIdentity> future : futures) {
        identities.add(future.get());
      }
      return identities;
    } catch (ExecutionException e) {
      throw new IllegalStateException("a device could not be enrolled: " + e.getCause(), e);
    }
  }

  /** An update of norm 1, different on every device. */
  static float[] update(int device, int length) {
    float[] update = new float[length];
    float size = (float) (1 / Math.sqrt(length));
    for (int i = 0; i < length; i++) {
      update[i] = ((i * 31 + device * 17) & 1) == 0 ? size : -size;
    }
    return update;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
