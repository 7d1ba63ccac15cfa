package com.octomil.privacy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.Advert;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import com.octomil.privacy.relay.testing.PeersResource;
import com.octomil.privacy.relay.testing.Relay;
import com.octomil.privacy.relay.testing.TestDevice;
import com.octomil.privacy.relay.testing.TestParticipant;
import com.octomil.privacy.relay.testing.TestRound;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Devices that lie, repeat, guess and rush. Each is refused by name and the round goes on. */
@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(PeersResource.class)
class HostileDeviceTest {

  private static final SecureRandom RANDOM = new SecureRandom();

  private Relay relay;

  @BeforeEach
  void connect() {
    relay = new Relay();
  }

  @AfterEach
  void disconnect() {
    relay.close();
  }

  private static SigningKeyPair key() {
    return SigningKeyPair.generate(RANDOM);
  }

  private static ThrowableAssertAlternative<StatusRuntimeException> assertRefused(
      String error, ThrowingCallable call) {
    return Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call)
        .satisfies(failure -> assertThat(Relay.errorOf(failure)).isEqualTo(error));
  }

  @Test
  void anUnknownTokenIsRefused() {
    for (String token : List.of("", "odt_", "odt_" + "A".repeat(43), "edg_x", "x".repeat(5_000))) {
      assertRefused(
              "unauthenticated",
              () ->
                  relay
                      .devices()
                      .checkIn(
                          CheckInRequest.newBuilder()
                              .setDeviceToken(token)
                              .setRoundPublicKey(ByteString.copyFrom(key().publicKey()))
                              .build()))
          .withMessageContaining("device_token");
    }
  }

  @Test
  void aRoundKeyHasThirtyTwoBytesAndIsUsedOnce() {
    String federation = "round-keys";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    TestRound.secure(federation, 3, builder -> builder).open(relay);
    assertRefused(
            "invalid-request",
            () ->
                relay
                    .devices()
                    .checkIn(
                        CheckInRequest.newBuilder()
                            .setDeviceToken(devices.get(0).enrolled().getDeviceToken())
                            .setRoundPublicKey(ByteString.copyFrom(new byte[31]))
                            .build()))
        .withMessageContaining("round_public_key")
        .withMessageContaining("32 bytes");
    SigningKeyPair shared = key();
    assertThat(devices.get(0).checkIn(relay, shared).hasAdmission()).isTrue();
    assertRefused("conflict", () -> devices.get(1).checkIn(relay, shared));
    // The refused device has not used up a place.
    assertThat(devices.get(1).checkIn(relay, key()).hasAdmission()).isTrue();
  }

  @Test
  void aRevokedDeviceIsRefusedAtEveryStep() {
    String federation = "revoked";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 5);
    TestRound round = TestRound.secure(federation, 4, builder -> builder).open(relay);
    TestDevice never = devices.get(4);
    relay.revoke(federation, never.deviceId());
    assertRefused("unauthenticated", () -> never.checkIn(relay, key()));

    List<TestParticipant> participants =
        new ArrayList<>(devices.subList(0, 3).stream().map(d -> d.join(relay)).toList());
    TestParticipant atAdvertise = devices.get(3).join(relay);
    relay.revoke(federation, atAdvertise.device().deviceId());
    assertRefused("unauthenticated", () -> atAdvertise.advertise(relay))
        .withMessageContaining("revoked");
    participants.forEach(participant -> participant.advertise(relay));
    assertThat(relay.session(round.roundId()).getAdvertised()).isEqualTo(3);
    assertThat(relay.session(round.roundId()).getPhase())
        .isEqualTo(SessionPhase.SESSION_PHASE_ADVERTISE);
  }

  @Test
  void aDeviceRevokedAfterTheRosterCannotShare() {
    String federation = "revoked-late";
    List<TestParticipant> participants = sharing(federation, 3);
    TestParticipant revoked = participants.get(0);
    Roster roster = revoked.roster(relay, 5_000).getRoster();
    relay.revoke(federation, revoked.device().deviceId());
    assertRefused("unauthenticated", () -> revoked.submit(relay, revoked.makeShares(roster)))
        .withMessageContaining("revoked");
  }

  @Test
  void aDeviceThatIsNamedUnderItsPseudonymCanBeRevoked() {
    String federation = "named";
    List<TestParticipant> participants = sharing(federation, 3);
    TestParticipant named = participants.get(1);
    Roster roster = named.roster(relay, 5_000).getRoster();
    String round = hex(named.roundId());
    String participant = hex(named.participantId());
    String rounds = "/devices/rounds/";

    delete(federation + rounds + round + "/participants/" + "0".repeat(32)).statusCode(404);
    delete("another" + rounds + round + "/participants/" + participant).statusCode(404);
    delete(federation + rounds + "17/participants/" + participant)
        .statusCode(400)
        .body("errors[0].field", org.hamcrest.Matchers.equalTo("round_id"));
    delete(federation + rounds + round + "/participants/" + participant).statusCode(204);
    delete(federation + rounds + round + "/participants/" + participant).statusCode(204);

    assertRefused("unauthenticated", () -> named.submit(relay, named.makeShares(roster)))
        .withMessageContaining("revoked");
    TestParticipant other = participants.get(0);
    assertThat(
            other
                .submit(relay, other.makeShares(other.roster(relay, 5_000).getRoster()))
                .hasAccepted())
        .isTrue();
  }

  private static String hex(ByteString bytes) {
    return java.util.HexFormat.of().formatHex(bytes.toByteArray());
  }

  private static io.restassured.response.ValidatableResponse delete(String path) {
    return io.restassured.RestAssured.given()
        .header("Authorization", "Bearer edg_operator")
        .delete("/api/v1/federations/" + path)
        .then();
  }

  @Test
  void devicesOfOtherFederationsFindNoRoundAndThoseOfOtherRegionsAreRefused() {
    String federation = "regions";
    TestDevice outside = TestDevice.enroll(relay, "another-federation", 1).getFirst();
    TestDevice unplaced = TestDevice.enroll(relay, federation, 1).getFirst();
    TestDevice american =
        TestDevice.enroll(relay, relay.codes(federation, 1).getFirst(), key(), "us");
    TestDevice european =
        TestDevice.enroll(
            relay,
            relay.codes(federation, java.util.Map.of("count", 1, "region", "eu")).getFirst(),
            key(),
            "");
    TestRound.secure(federation, 3, builder -> builder.addRegions("eu").addRegions("uk"))
        .open(relay);
    assertThat(outside.checkIn(relay, key()).hasNoRound()).isTrue();
    for (TestDevice device : List.of(unplaced, american)) {
      Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() -> device.checkIn(relay, key()))
          .satisfies(refusal ->
              assertThat(GrpcFailures.translate(refusal).code())
                  .isEqualTo(ErrorCode.REGION_REFUSED));
    }
    assertThat(european.checkIn(relay, key()).hasAdmission()).isTrue();
  }

  @Test
  void aTicketThatWasNotIssuedForTheRoundIsRefused() {
    String federation = "tickets";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestParticipant first = devices.get(0).join(relay);
    TestParticipant second = devices.get(1).join(relay);
    TestDevice stranger = TestDevice.enroll(relay, "tickets-elsewhere", 1).getFirst();
    TestRound.secure("tickets-elsewhere", 3, builder -> builder).open(relay);
    TestParticipant elsewhere = stranger.join(relay);

    Ticket good = first.ticket();
    byte[] flipped = good.getContent().toByteArray();
    flipped[flipped.length / 2] ^= 1;
    byte[] selfMade = key().sign(Transcripts.ticket(good.getContent().toByteArray()));
    List<Ticket> bad =
        List.of(
            Ticket.getDefaultInstance(),
            good.toBuilder().setContent(ByteString.copyFrom(flipped)).build(),
            good.toBuilder().setSignature(second.ticket().getSignature()).build(),
            good.toBuilder().setSignature(elsewhere.ticket().getSignature()).build(),
            good.toBuilder().setSignature(ByteString.copyFrom(selfMade)).build(),
            good.toBuilder().setSignature(ByteString.copyFrom(new byte[64])).build(),
            good.toBuilder().setContent(ByteString.copyFrom(new byte[1_025])).build(),
            good.toBuilder().setContent(ByteString.copyFromUtf8("ticket")).build());
    for (Ticket ticket : bad) {
      Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() ->
              relay
                  .devices()
                  .advertise(
                      AdvertiseRequest.newBuilder()
                          .setTicket(ticket)
                          .setAdvert(first.sign(first.advert()))
                          .build()))
          .satisfies(failure ->
              assertThat(Relay.errorOf(failure)).isIn("unauthenticated", "invalid-request"))
          .withMessageContaining("ticket");
      Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
          .isThrownBy(() ->
              relay.devices().getRoster(GetRosterRequest.newBuilder().setTicket(ticket).build()));
    }
    // Somebody else's good ticket does not fit one's own advert.
    assertRefused(
            "invalid-value",
            () ->
                relay
                    .devices()
                    .advertise(
                        AdvertiseRequest.newBuilder()
                            .setTicket(second.ticket())
                            .setAdvert(first.sign(first.advert()))
                            .build()))
        .withMessageContaining("participant");
    assertThat(first.advertise(relay).hasAccepted()).isTrue();
  }

  @Test
  void anAlteredAdvertIsRefused() {
    String federation = "adverts";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 2);
    TestDevice stranger = TestDevice.enroll(relay, "adverts-elsewhere", 1).getFirst();
    TestRound round = TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestParticipant honest = devices.get(0).join(relay);
    TestParticipant hostile = devices.get(1).join(relay);
    honest.advertise(relay);
    Advert good = hostile.sign(hostile.advert());
    ByteString other = ByteString.copyFrom(key().publicKey());

    // Keys that the signature is not over.
    for (Advert.Builder altered :
        List.of(
            good.toBuilder().setMaskPublicKey(other),
            good.toBuilder().setSharePublicKey(other),
            good.toBuilder().setSelfMaskCommitment(other),
            good.toBuilder().setSignature(ByteString.copyFrom(new byte[64])),
            good.toBuilder().setSignature(honest.sign(honest.advert()).getSignature()))) {
      assertRefused("unauthenticated", () -> hostile.advertise(relay, altered.build()))
          .withMessageContaining("advert.signature");
    }
    // Signed by the device, and still wrong.
    assertRefused(
            "invalid-value",
            () -> hostile.advertise(relay, hostile.sign(hostile.advert().setRoundPublicKey(other))))
        .withMessageContaining("round_public_key");
    assertRefused(
            "invalid-value",
            () ->
                hostile.advertise(
                    relay, hostile.sign(hostile.advert().setParticipantId(honest.participantId()))))
        .withMessageContaining("participant_id");
    for (byte[] lowOrder : List.of(new byte[32], one())) {
      ByteString weak = ByteString.copyFrom(lowOrder);
      assertRefused(
              "invalid-value",
              () -> hostile.advertise(relay, hostile.sign(hostile.advert().setMaskPublicKey(weak))))
          .withMessageContaining("advert.mask_public_key")
          .withMessageContaining("low order");
      assertRefused(
              "invalid-value",
              () ->
                  hostile.advertise(relay, hostile.sign(hostile.advert().setSharePublicKey(weak))))
          .withMessageContaining("advert.share_public_key");
    }
    assertRefused(
        "invalid-value",
        () ->
            hostile.advertise(
                relay, hostile.sign(hostile.advert().setSharePublicKey(good.getMaskPublicKey()))));
    assertRefused(
        "conflict",
        () ->
            hostile.advertise(
                relay,
                hostile.sign(
                    hostile.advert().setMaskPublicKey(honest.advert().getMaskPublicKey()))));
    // Certificates of others.
    Advert borrowed = good.toBuilder().setCertificate(honest.advert().getCertificate()).build();
    assertRefused("unauthenticated", () -> hostile.advertise(relay, borrowed));
    Advert foreign = good.toBuilder().setCertificate(stranger.enrolled().getCertificate()).build();
    assertRefused("forbidden", () -> hostile.advertise(relay, foreign))
        .withMessageContaining("adverts-elsewhere");
    byte[] content = good.getCertificate().getContent().toByteArray();
    content[content.length - 1] ^= 1;
    Advert forged =
        good.toBuilder()
            .setCertificate(
                good.getCertificate().toBuilder().setContent(ByteString.copyFrom(content)))
            .build();
    Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> hostile.advertise(relay, forged))
        .withMessageContaining("certificate");
    assertRefused("invalid-request", () -> hostile.advertise(relay, Advert.getDefaultInstance()));

    assertThat(relay.session(round.roundId()).getAdvertised()).isEqualTo(1);
    assertThat(hostile.advertise(relay, good).hasAccepted()).isTrue();
  }

  private static byte[] one() {
    byte[] one = new byte[32];
    one[0] = 1;
    return one;
  }

  @Test
  void anAdvertOfAnotherRoundIsRefused() {
    String federation = "replay";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 1);
    TestRound first = TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestParticipant before = devices.get(0).join(relay);
    Advert old = before.sign(before.advert());
    before.advertise(relay);
    TestRound second = TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestParticipant now = devices.get(0).join(relay);
    assertThat(now.admission().getRoundParameters()).isEqualTo(second.serialized());
    assertThat(before.admission().getRoundParameters()).isEqualTo(first.serialized());
    assertRefused("invalid-value", () -> now.advertise(relay, old));
    Advert dressed =
        old.toBuilder()
            .setParticipantId(now.participantId())
            .setRoundPublicKey(ByteString.copyFrom(now.roundKey().publicKey()))
            .build();
    assertRefused("unauthenticated", () -> now.advertise(relay, dressed));
  }

  private List<TestParticipant> sharing(String federation, int count) {
    List<TestDevice> devices = TestDevice.enroll(relay, federation, count);
    TestRound round = TestRound.secure(federation, count, builder -> builder).open(relay);
    List<TestParticipant> participants =
        devices.stream().map(device -> device.join(relay)).toList();
    assertRefused("conflict", () -> participants.get(0).submit(relay, List.of()));
    participants.forEach(participant -> participant.advertise(relay));
    relay.awaitLeaving(round.roundId(), SessionPhase.SESSION_PHASE_ADVERTISE);
    round.openGraph(relay);
    return participants;
  }

  @Test
  void sharesThatDoNotFitAreRefused() {
    List<TestParticipant> participants = sharing("shares", 4);
    TestParticipant hostile = participants.get(0);
    Roster roster = hostile.roster(relay, 5_000).getRoster();
    List<EncryptedShare> good = hostile.makeShares(roster);

    assertRefused("invalid-value", () -> hostile.submit(relay, List.of()))
        .withMessageContaining("shares");
    assertRefused("invalid-value", () -> hostile.submit(relay, good.subList(1, good.size())));
    assertRefused("invalid-value", () -> hostile.submit(relay, with(good, good.get(0))));
    List<EncryptedShare> repeated = new ArrayList<>(good);
    repeated.set(1, good.get(0));
    assertRefused("invalid-value", () -> hostile.submit(relay, repeated))
        .withMessageContaining("shares[1].to_index");
    assertRefused(
            "invalid-value",
            () ->
                hostile.submit(
                    relay, first(good, share -> share.setFromIndex(good.get(0).getToIndex()))))
        .withMessageContaining("shares[0].from_index");
    assertRefused(
            "invalid-value",
            () ->
                hostile.submit(
                    relay, first(good, share -> share.setToIndex(roster.getSelf().getIndex()))))
        .withMessageContaining("shares[0].to_index");
    assertRefused(
        "invalid-value",
        () -> hostile.submit(relay, first(good, share -> share.setToIndex(1_000_000))));
    assertRefused(
            "invalid-request",
            () ->
                hostile.submit(relay, first(good, share -> share.setCiphertext(ByteString.EMPTY))))
        .withMessageContaining("shares[0].ciphertext");
    assertRefused(
        "invalid-request",
        () ->
            hostile.submit(
                relay,
                first(
                    good,
                    share ->
                        share.setCiphertext(
                            share.getCiphertext().concat(good.get(1).getCiphertext())))));
    assertThat(hostile.submit(relay, good).hasAccepted()).isTrue();
  }

  private static List<EncryptedShare> with(List<EncryptedShare> shares, EncryptedShare more) {
    List<EncryptedShare> all = new ArrayList<>(shares);
    all.add(more);
    return all;
  }

  private static List<EncryptedShare> first(
      List<EncryptedShare> shares,
      java.util.function.UnaryOperator<EncryptedShare.Builder> change) {
    List<EncryptedShare> all = new ArrayList<>(shares);
    all.set(0, change.apply(shares.get(0).toBuilder()).build());
    return all;
  }

  @Test
  void anOversizedMessageIsRefusedBeforeItIsRead() {
    SubmitSharesRequest huge =
        SubmitSharesRequest.newBuilder()
            .addShares(
                EncryptedShare.newBuilder().setCiphertext(ByteString.copyFrom(new byte[2 << 20])))
            .build();
    Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(() -> relay.devices().submitShares(huge))
        .satisfies(failure ->
            assertThat(failure.getStatus().getCode())
                .isIn(Status.Code.RESOURCE_EXHAUSTED, Status.Code.CANCELLED));
  }

  @Test
  void randomChangesOfMessagesNeverCauseAnInternalError() throws Exception {
    String federation = "mutations";
    TestDevice device = TestDevice.enroll(relay, federation, 1).getFirst();
    TestRound.secure(federation, 3, builder -> builder).open(relay);
    TestParticipant participant = device.join(relay);
    byte[] request =
        AdvertiseRequest.newBuilder()
            .setTicket(participant.ticket())
            .setAdvert(participant.sign(participant.advert()))
            .build()
            .toByteArray();
    long seed = RANDOM.nextLong();
    Random random = new Random(seed);
    int sent = 0;
    for (int i = 0; i < 300; i++) {
      byte[] mutated = request.clone();
      for (int change = 0; change <= random.nextInt(4); change++) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      AdvertiseRequest message;
      try {
        message = AdvertiseRequest.parseFrom(mutated);
      } catch (com.google.protobuf.InvalidProtocolBufferException e) {
        continue;
      }
      if (message.equals(AdvertiseRequest.parseFrom(request))) {
        continue;
      }
      sent++;
      Assertions.assertThatExceptionOfType(StatusRuntimeException.class)
          .as("seed %d, mutation %d", seed, i)
          .isThrownBy(() -> relay.devices().advertise(message))
          .satisfies(failure ->
              assertThat(Relay.errorOf(failure))
                  .isIn("unauthenticated", "invalid-request", "invalid-value", "forbidden"));
    }
    assertThat(sent).isGreaterThan(100);
    assertThat(participant.advertise(relay).hasAccepted()).isTrue();
  }

  @Test
  void aRushAdmitsEachDeviceOnceAndNoMoreThanTheTarget() throws Exception {
    String federation = "rush";
    List<TestDevice> devices = TestDevice.enroll(relay, federation, 12);
    TestRound round = TestRound.secure(federation, 7, builder -> builder).open(relay);
    List<SigningKeyPair> keys = devices.stream().map(device -> key()).toList();
    List<Callable<ByteString>> calls = new ArrayList<>();
    for (int repetition = 0; repetition < 3; repetition++) {
      for (int i = 0; i < devices.size(); i++) {
        TestDevice device = devices.get(i);
        SigningKeyPair key = keys.get(i);
        calls.add(() -> device.checkIn(relay, key).getAdmission().getTicket().getContent());
      }
    }
    Set<ByteString> tickets = new java.util.HashSet<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<ByteString> future : executor.invokeAll(calls)) {
        tickets.add(future.get());
      }
    }
    tickets.remove(ByteString.EMPTY);
    assertThat(tickets).hasSize(7);
    assertThat(relay.session(round.roundId()).getCheckedIn()).isEqualTo(7);
  }
}
