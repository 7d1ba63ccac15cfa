package com.octomil.privacy.relay.testing;

import com.google.protobuf.ByteString;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.Advert;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesRequest;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RosterEntry;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.AuthenticationFailedException;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A device in one round, with real keys. */
public final class TestParticipant {

  private final SecureRandom random = new SecureRandom();
  private final TestDevice device;
  private final Admission admission;
  private final RoundHash roundHash;
  private final SigningKeyPair roundKey;
  private final X25519KeyPair maskKey = X25519KeyPair.generate(random);
  private final X25519KeyPair shareKey = X25519KeyPair.generate(random);
  private final byte[] seed = new byte[32];
  private final Map<Integer, byte[]> plaintexts = new HashMap<>();

  public TestParticipant(TestDevice device, Admission admission, SigningKeyPair roundKey) {
    this.device = device;
    this.admission = admission;
    this.roundHash = RoundHash.of(admission.getRoundParameters().toByteArray());
    this.roundKey = roundKey;
    random.nextBytes(seed);
  }

  public TestDevice device() {
    return device;
  }

  public Admission admission() {
    return admission;
  }

  public Ticket ticket() {
    return admission.getTicket();
  }

  public SigningKeyPair roundKey() {
    return roundKey;
  }

  public X25519KeyPair maskKey() {
    return maskKey;
  }

  public ByteString roundId() {
    return TestDevice.contentOf(ticket().getContent()).getRoundId();
  }

  /** The device's pseudonym. */
  public ByteString participantId() {
    return TestDevice.contentOf(ticket().getContent()).getParticipantId();
  }

  /** The advert, unsigned. */
  public Advert.Builder advert() {
    return Advert.newBuilder()
        .setParticipantId(participantId())
        .setMaskPublicKey(ByteString.copyFrom(maskKey.publicKey()))
        .setSharePublicKey(ByteString.copyFrom(shareKey.publicKey()))
        .setSelfMaskCommitment(ByteString.copyFrom(SelfMask.commit(roundHash, seed)))
        .setRoundPublicKey(ByteString.copyFrom(roundKey.publicKey()))
        .setCertificate(device.enrolled().getCertificate());
  }

  /** Signs whatever the advert says with the device's key. */
  public Advert sign(Advert.Builder advert) {
    byte[] transcript =
        Transcripts.advert(
            roundHash,
            advert.getParticipantId().toByteArray(),
            advert.getMaskPublicKey().toByteArray(),
            advert.getSharePublicKey().toByteArray(),
            advert.getSelfMaskCommitment().toByteArray(),
            advert.getRoundPublicKey().toByteArray());
    return advert.setSignature(ByteString.copyFrom(device.key().sign(transcript))).build();
  }

  public AdvertiseResponse advertise(Relay relay) {
    return advertise(relay, sign(advert()));
  }

  public AdvertiseResponse advertise(Relay relay, Advert advert) {
    return relay
        .devices()
        .advertise(AdvertiseRequest.newBuilder().setTicket(ticket()).setAdvert(advert).build());
  }

  public GetRosterResponse roster(Relay relay, int waitMillis) {
    return relay
        .devices()
        .getRoster(
            GetRosterRequest.newBuilder().setTicket(ticket()).setWaitMillis(waitMillis).build());
  }

  /** Real shares of the real secrets, one for every neighbour in the roster. */
  public List<EncryptedShare> makeShares(Roster roster) {
    int[] xs =
        roster.getNeighboursList().stream().mapToInt(entry -> entry.getIndex() + 1).toArray();
    byte[][] seedShares = Shamir.split(seed, roster.getThreshold(), xs, random);
    byte[][] keyShares = Shamir.split(maskKey.privateKey(), roster.getThreshold(), xs, random);
    int own = roster.getSelf().getIndex();
    return IntStream.range(0, xs.length)
        .mapToObj(i -> {
          RosterEntry neighbour = roster.getNeighbours(i);
          byte[] plaintext = Arrays.copyOf(seedShares[i], 2 * Shamir.SHARE_BYTES);
          System.arraycopy(keyShares[i], 0, plaintext, Shamir.SHARE_BYTES, Shamir.SHARE_BYTES);
          plaintexts.put(neighbour.getIndex(), plaintext);
          return EncryptedShare.newBuilder()
              .setFromIndex(own)
              .setToIndex(neighbour.getIndex())
              .setCiphertext(
                  ByteString.copyFrom(
                      ShareCipher.seal(
                          roundHash,
                          shareKey,
                          neighbour.getAdvert().getSharePublicKey().toByteArray(),
                          own,
                          neighbour.getIndex(),
                          plaintext)))
              .build();
        })
        .toList();
  }

  /** What this participant sealed for a neighbour. */
  public byte[] plaintextFor(int index) {
    return plaintexts.getOrDefault(index, new byte[0]).clone();
  }

  public SubmitSharesResponse submit(Relay relay, List<EncryptedShare> shares) {
    return relay
        .devices()
        .submitShares(
            SubmitSharesRequest.newBuilder().setTicket(ticket()).addAllShares(shares).build());
  }

  public GetSharesResponse shares(Relay relay, int waitMillis) {
    return relay
        .devices()
        .getShares(
            GetSharesRequest.newBuilder().setTicket(ticket()).setWaitMillis(waitMillis).build());
  }

  /** Opens a share that a neighbour sealed. */
  public byte[] open(Roster roster, EncryptedShare share) throws AuthenticationFailedException {
    RosterEntry from =
        roster.getNeighboursList().stream()
            .filter(entry -> entry.getIndex() == share.getFromIndex())
            .findFirst()
            .orElseThrow();
    return ShareCipher.open(
        roundHash,
        shareKey,
        from.getAdvert().getSharePublicKey().toByteArray(),
        share.getFromIndex(),
        share.getToIndex(),
        share.getCiphertext().toByteArray());
  }
}
