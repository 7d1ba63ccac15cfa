package com.octomil.privacy.device.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Parameters and tickets of {@code proto/vectors/round.json}, mutated: they are read, or refused in
 * the two ways that the transport reports as a malformed answer.
 */
class CommonMessagesFuzzTest {

  private static byte[] vector(String field) throws Exception {
    JsonNode round =
        new ObjectMapper().readTree(Path.of("..", "proto", "vectors", "round.json").toFile());
    JsonNode value =
        round.has(field) ? round.path(field) : round.path("devices").path(0).path(field);
    return HexFormat.of().parseHex(value.asText());
  }

  private interface Reader {
    void read(byte[] bytes) throws InvalidProtocolBufferException;
  }

  private static void fuzz(byte[] whole, Reader reader) throws Exception {
    reader.read(whole);
    SplittableRandom random = new SplittableRandom(11);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] mutant =
          random.nextInt(4) == 0
              ? Arrays.copyOf(whole, random.nextInt(whole.length))
              : whole.clone();
      for (int change = random.nextInt(4); change > 0 && mutant.length > 0; change--) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
      }
      try {
        reader.read(mutant);
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void roundParameters() throws Exception {
    fuzz(
        vector("round_parameters"),
        bytes -> CommonMessages.roundParameters(ByteString.copyFrom(bytes)));
  }

  @Test
  void tickets() throws Exception {
    fuzz(
        vector("ticket_content"),
        bytes ->
            CommonMessages.toDomain(
                Ticket.newBuilder().setContent(ByteString.copyFrom(bytes)).build()));
  }

  @Test
  void theVectorsParametersSayThatWeightsAreCounted() throws Exception {
    var parameters =
        CommonMessages.roundParameters(ByteString.copyFrom(vector("round_parameters")));
    assertThat(parameters.coordinates()).isEqualTo(parameters.vectorLength() + 1);
    assertThat(parameters.weighting().orElseThrow().maxWeight()).isEqualTo(120);
  }
}
