package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceCertificate;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.ReceivedShares;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ShareExchangeTest {

  private static final int DEVICES = 4;

  private final SecureRandom random = new SecureRandom();
  private final RoundHash roundHash = RoundHash.of(new byte[] {1});
  private final List<RoundKeys> keys = new ArrayList<>();

  ShareExchangeTest() {
    for (int i = 0; i < DEVICES; i++) {
      keys.add(RoundKeys.generate(random));
    }
  }

  private Advert advert(int index) {
    Bytes none = Bytes.empty();
    return new Advert(
        none,
        Bytes.of(keys.get(index).mask().publicKey()),
        Bytes.of(keys.get(index).share().publicKey()),
        none,
        none,
        new DeviceCertificate(none, none, none, "f", Instant.EPOCH, Instant.EPOCH),
        none);
  }

  private ShareExchange exchange() {
    SortedMap<Integer, Advert> neighbours = new TreeMap<>();
    for (int i = 1; i < DEVICES; i++) {
      neighbours.put(i, advert(i));
    }
    BitSet all = new BitSet();
    all.set(0, DEVICES);
    return new ShareExchange(
        roundHash,
        keys.get(0),
        new Neighbourhood(new GraphParameters(DEVICES, 3, 2), Bytes.empty(), 0, neighbours, all));
  }

  /**
   * What device 0 receives if device 1 seals {@code plaintext} for it and the others are honest.
   */
  private Optional<HeldShares> received(byte[] plaintext) throws Refusal {
    List<EncryptedShare> shares = new ArrayList<>();
    for (int from = 1; from < DEVICES; from++) {
      shares.add(
          new EncryptedShare(
              from,
              0,
              Bytes.of(
                  ShareCipher.seal(
                      roundHash,
                      keys.get(from).share(),
                      keys.get(0).share().publicKey(),
                      from,
                      0,
                      from == 1 ? plaintext : new byte[2 * Shamir.SHARE_BYTES]))));
    }
    BitSet all = new BitSet();
    all.set(0, DEVICES);
    SortedMap<Integer, ShareExchange.Held> held =
        exchange().open(new ReceivedShares(shares, Bytes.of(IndexBitmap.of(DEVICES, all))), all, 1);
    assertThat(held).hasSize(3);
    assertThat(held.get(2).shares()).isPresent();
    return held.get(1).shares();
  }

  @Test
  void sharesAreOpened() throws Exception {
    byte[] plaintext = new byte[2 * Shamir.SHARE_BYTES];
    plaintext[0] = 7;
    plaintext[Shamir.SHARE_BYTES] = 9;
    HeldShares shares = received(plaintext).orElseThrow();
    assertThat(shares.seedShare().reveal()).hasSize(Shamir.SHARE_BYTES).startsWith(7);
    assertThat(shares.maskKeyShare().reveal()).startsWith(9);
  }

  @Test
  void whatIsNoShareIsNotHeldSoThatItsHolderIsNotBlamed() throws Exception {
    byte[] notInTheField = new byte[2 * Shamir.SHARE_BYTES];
    Arrays.fill(notInTheField, 0, 8, (byte) 0xff);
    assertThat(received(notInTheField)).isEmpty();
    byte[] second = new byte[2 * Shamir.SHARE_BYTES];
    Arrays.fill(second, second.length - 8, second.length, (byte) 0xff);
    assertThat(received(second)).isEmpty();
    assertThat(received(new byte[2 * Shamir.SHARE_BYTES - 1])).isEmpty();
  }
}
