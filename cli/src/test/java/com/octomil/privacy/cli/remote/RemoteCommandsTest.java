package com.octomil.privacy.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.cli.audit.AuditCommand;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands against a server that answers what the test says. */
class RemoteCommandsTest {

  @Command(
      name = "octomil",
      subcommands = {
        FederationsCommand.class,
        ModelsCommand.class,
        PrivacyCommand.class,
        BudgetCommand.class,
        DevicesCommand.class,
        EraseCommand.class,
        TrainCommand.class,
        AuditCommand.class,
        RoundsCommand.class,
        CompletionCommand.class
      })
  private static final class Root {}

  private record Canned(int status, String body, byte[] octets) {
    Canned(int status, String body) {
      this(status, body, body.getBytes(StandardCharsets.UTF_8));
    }
  }

  private record Outcome(int code, String out, String err) {}

  @TempDir private Path directory;
  private final Map<String, Canned> answers = new LinkedHashMap<>();
  private final List<String> requests = new ArrayList<>();
  private HttpServer server = unstarted();
  private Path key = Path.of("");

  private static HttpServer unstarted() {
    try {
      return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws IOException {
    key = Files.writeString(directory.resolve("key"), "edg_test\n");
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add(
        request
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization")
            + " "
            + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Canned canned =
        answers.getOrDefault(request, new Canned(404, "{\"detail\": \"There is nothing.\"}"));
    byte[] body = canned.octets();
    exchange.sendResponseHeaders(canned.status(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private Outcome run(String... arguments) {
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(
        List.of(
            "--budget", url,
            "--relay", url,
            "--aggregator", url,
            "--api-key-file", key.toString()));
    return plain(all.toArray(new String[0]));
  }

  private static Outcome plain(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        new CommandLine(new Root())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler((failure, failed, parsed) -> {
              failed.getErr().println(failure.getMessage());
              return failure instanceof RemoteException refused ? refused.exitCode() : 1;
            });
    return new Outcome(commandLine.execute(arguments), out.toString(), err.toString());
  }

  @Test
  void peopleGetATableAndScriptsTheAnswer() {
    answers.put(
        "GET /api/v1/federations",
        new Canned(
            200,
            "{\"federations\": [{\"name\": \"clinic\", \"version\": 2, \"configured\": true, \"created_at\": \"2026-03-01T00:00:00Z\"}]}"));
    Outcome table = run("federations");
    assertThat(table.code()).isZero();
    assertThat(table.out()).contains("federation", "clinic").doesNotContain("{");
    assertThat(run("federations", "list").out()).isEqualTo(table.out());
    assertThat(run("federations", "--json").out()).contains("\"name\" : \"clinic\"");
    assertThat(requests.getFirst()).contains("Bearer edg_test");
  }

  @Test
  void singleValuesBecomeAPatch() {
    answers.put(
        "PATCH /api/v1/federations/clinic/privacy",
        new Canned(200, "{\"version\": 1, \"differential_privacy\": {\"epsilon\": 3.0}}"));
    Outcome outcome =
        run(
            "privacy",
            "set",
            "clinic",
            "differential_privacy.epsilon=3.0",
            "differential_privacy.adjacency=replace_one",
            "regions=[\"eu\"]");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(requests.getFirst())
        .contains("\"differential_privacy\":{")
        .contains("\"epsilon\":3,")
        .contains("\"adjacency\":\"replace_one\"")
        .contains("\"regions\":[\"eu\"]");
    assertThat(run("privacy", "set", "clinic").code()).isEqualTo(2);
  }

  @Test
  void aRefusalNamesTheFieldAndHasItsExitCode() {
    answers.put(
        "POST /api/v1/federations/clinic/privacy/budget/allocations",
        new Canned(
            422,
            "{\"detail\": \"epsilon is '0'\", \"errors\": [{\"field\": \"epsilon\", \"message\": \"must be above 0\"}]}"));
    Outcome refused = run("budget", "allocate", "clinic", "0", "--reason", "x");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("refused (422)", "epsilon: must be above 0");
    answers.put("GET /api/v1/federations", new Canned(401, "{\"detail\": \"unknown key\"}"));
    Outcome denied = run("federations");
    assertThat(denied.code()).isEqualTo(5);
    assertThat(denied.err()).contains("--api-key-file");
  }

  @Test
  void whatTheBudgetRefusesAndWhatIsUnavailableHaveTheirExitCodes() {
    answers.put(
        "GET /api/v1/federations",
        new Canned(
            409, "{\"type\": \"urn:octomil:problem:budget-exhausted\", \"detail\": \"spent\"}"));
    assertThat(run("federations").code()).isEqualTo(3);
    answers.put("GET /api/v1/federations", new Canned(503, "{\"detail\": \"no database\"}"));
    Outcome unavailable = run("federations");
    assertThat(unavailable.code()).isEqualTo(6);
    assertThat(unavailable.err()).contains("no database", "Try again");
  }

  private void model(String sha256, byte[] octets) {
    answers.put(
        "GET /api/v1/federations/clinic/models/m",
        new Canned(
            200,
            "{\"name\": \"m\", \"vector_length\": 1, \"latest_version\": 2, \"versions\": [{\"version\": 1, \"sha256\": \"00\"},"
                + " {\"version\": 2, \"round_number\": 1, \"sha256\": \""
                + sha256
                + "\"}]}"));
    answers.put("GET /api/v1/federations/clinic/models/m/versions/2", new Canned(200, "", octets));
  }

  @Test
  void aModelIsDownloadedOnlyIfItIsTheRightOne() throws Exception {
    byte[] weights = {0, 0, -128, 63};
    model(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(weights)), weights);
    Path file = directory.resolve("m.bin");
    Outcome good = run("models", "download", "clinic", "m", "-o", file.toString());
    assertThat(good.code()).as(good.err()).isZero();
    assertThat(good.out()).contains("version 2, 1 values");
    assertThat(Files.readAllBytes(file)).isEqualTo(weights);

    Files.writeString(file, "kept");
    model("ab".repeat(32), weights);
    Outcome wrong = run("models", "download", "clinic", "m", "-o", file.toString());
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).contains("in place of ababab", "nothing was written");
    assertThat(file).hasContent("kept");
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(each -> each.getFileName().toString()))
          .containsExactlyInAnyOrder("key", "m.bin");
    }
    Outcome unknown = run("models", "download", "clinic", "m", "--model-version", "3");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("must be from 1 to 2");
  }

  @Test
  void modelsAreListedShownAndUploaded() throws IOException {
    model("ab", new byte[4]);
    answers.put(
        "GET /api/v1/federations/clinic/models",
        new Canned(
            200,
            "{\"models\": [{\"name\": \"m\", \"vector_length\": 1, \"latest_version\": 2, \"sha256\": \"ab\"}]}"));
    assertThat(run("models", "list", "clinic").out()).contains("latest version", "ab");
    assertThat(run("models", "show", "clinic", "m").out()).contains("round", "ab");
    answers.put(
        "PUT /api/v1/federations/clinic/models/n",
        new Canned(201, "{\"name\": \"n\", \"latest_version\": 1, \"vector_length\": 2}"));
    Path file = Files.writeString(directory.resolve("w.bin"), "12345678");
    assertThat(run("models", "upload", "clinic", "n", file.toString()).out())
        .contains("n: version 1, 2 values");
    assertThat(requests.getLast()).endsWith(" 12345678");
    Outcome missing = run("models", "upload", "clinic", "n", file + ".not");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("must be a file");
  }

  @Test
  void whatIsNotThereHasItsExitCode() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    Outcome outcome =
        plain(
            "federations",
            "--budget",
            "http://127.0.0.1:" + free,
            "--api-key-file",
            key.toString());
    assertThat(outcome.code()).isEqualTo(6);
    assertThat(outcome.err()).contains("cannot reach the budget service");
    assertThat(plain("federations", "--budget", "ftp://x", "--api-key-file", key.toString()).err())
        .contains("must be an http or https URL");
  }

  @Test
  void trainingThatEndsEarlyHasItsExitCode() {
    answers.put(
        "POST /api/v1/federations/clinic/training",
        new Canned(202, "{\"id\": \"j\", \"state\": \"pending\"}"));
    answers.put(
        "GET /api/v1/federations/clinic/training/j",
        new Canned(
            200,
            "{\"id\": \"j\", \"state\": \"paused\", \"reason\": \"The privacy budget is exhausted.\", \"rounds_completed\": 1, \"rounds\": [{\"number\": 1, \"state\": \"committed\"}]}"));
    Outcome outcome =
        run("train", "start", "clinic", "m", "--rounds", "3", "--min-updates", "10", "--follow");
    assertThat(outcome.code()).isEqualTo(3);
    assertThat(outcome.err()).contains("no stream of events; asking every second");
    assertThat(outcome.out()).contains("paused: The privacy budget is exhausted.", "committed");
    assertThat(requests.getFirst()).contains("\"rounds\":3").contains("\"min_updates\":10");
  }

  @Test
  void algorithmsHaveTheirFields() {
    answers.put(
        "POST /api/v1/federations/clinic/training",
        new Canned(202, "{\"id\": \"j\", \"state\": \"pending\"}"));
    Outcome outcome =
        run(
            "train",
            "start",
            "clinic",
            "m",
            "--rounds",
            "3",
            "--min-updates",
            "10",
            "--algorithm",
            "fedprox",
            "--proximal-mu",
            "0.1");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(requests.getFirst())
        .contains("\"algorithm\":\"fedprox\"")
        .contains("\"proximal_mu\":0.1")
        .doesNotContain("tau");
  }

  @Test
  void eventsAreFollowedToTheEndOfTheJob() {
    answers.put(
        "GET /api/v1/federations/clinic/training/j/progress",
        new Canned(
            200,
            """
            event: job
            id: running/0/0/
            data: {"state": "running"}

            : still here

            event: round
            data: {"number": 1, "attempt": 2,
            data:  "state": "uploading"}

            event: job
            data: {"state": "completed"}

            event: round
            data: {"number": 9, "attempt": 9, "state": "never"}

            """));
    answers.put(
        "GET /api/v1/federations/clinic/training/j",
        new Canned(200, "{\"id\": \"j\", \"state\": \"completed\", \"rounds_completed\": 1}"));
    Outcome outcome = run("train", "follow", "clinic", "j");
    assertThat(outcome.code()).isZero();
    assertThat(outcome.err()).contains("round 1, attempt 2: uploading").doesNotContain("never");
    assertThat(requests).hasSize(2);
  }

  @Test
  void aPauseSaysWhenItTakesEffect() {
    answers.put(
        "POST /api/v1/federations/clinic/training/j/pause",
        new Canned(200, "{\"id\": \"j\", \"state\": \"running\", \"pause_requested\": true}"));
    assertThat(run("train", "pause", "clinic", "j").out())
        .contains("running, pauses after this round");
  }

  @Test
  void roundsAreThoseOfTheNewestJobUnlessAnotherIsNamed() {
    answers.put(
        "GET /api/v1/federations/clinic/training",
        new Canned(200, "{\"jobs\": [{\"id\": \"new\"}, {\"id\": \"old\"}]}"));
    String round =
        "{\"number\": 1, \"attempt\": %d, \"state\": \"%s\", \"cohort\": 12, \"survivors\": %s,"
            + " \"abort_detail\": %s, \"dropped\": {\"advertise\": 0, \"upload\": 3},"
            + " \"faults\": [{\"participant_id\": \"ab12\", \"kind\": \"wrong_shares\", \"occurrences\": 2}]}";
    answers.put(
        "GET /api/v1/federations/clinic/training/new",
        new Canned(
            200,
            "{\"rounds\": ["
                + round.formatted(1, "aborted", "null", "\"Too few.\"")
                + ","
                + round.formatted(2, "committed", "9", "null")
                + "]}"));
    answers.put("GET /api/v1/federations/clinic/training/old", new Canned(200, "{\"rounds\": []}"));
    answers.put("GET /api/v1/federations/empty/training", new Canned(200, "{\"jobs\": []}"));
    assertThat(run("rounds", "list", "clinic").out()).contains("aborted", "committed", "12");
    assertThat(run("rounds", "list", "clinic", "--job", "old").out()).doesNotContain("committed");
    assertThat(run("rounds", "list", "empty", "--json").out()).contains("[ ]");
    Outcome shown = run("rounds", "show", "clinic", "1");
    assertThat(shown.code()).isZero();
    assertThat(shown.out())
        .contains("Too few.", "dropped out before upload", "3", "wrong shares", "ab12, 2")
        .doesNotContain("before advertise");
    assertThat(run("rounds", "show", "clinic", "1", "--json").out())
        .contains("\"attempt\" : 1", "\"attempt\" : 2");
    Outcome missing = run("rounds", "show", "clinic", "7");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err()).contains("has no round 7 yet");
  }

  @Test
  void codesAreShownWithTheirDevices() {
    answers.put(
        "POST /api/v1/federations/clinic/devices/enrollment-codes",
        new Canned(201, "{\"codes\": [{\"code\": \"oec_1\", \"device_id\": \"d-1\"}]}"));
    assertThat(run("devices", "enroll", "clinic", "--count", "1", "--region", "eu").out())
        .contains("oec_1", "d-1");
    assertThat(requests.getFirst()).contains("\"region\":\"eu\"");
    answers.put("DELETE /api/v1/federations/clinic/devices/d-1", new Canned(204, ""));
    assertThat(run("devices", "revoke", "clinic", "d-1").out()).contains("revoked");
  }

  @Test
  void anErasureThatCouldNotRebuildSaysSo() {
    answers.put(
        "POST /api/v1/federations/clinic/erasures",
        new Canned(
            201,
            "{\"id\": \"e\", \"pseudonym\": \"abc\", \"rounds\": [{\"model\": \"m\", \"number\": 2, \"counted\": true}], \"rebuilds\": [{\"model\": \"m\", \"problem\": \"sums are gone\"}]}"));
    Outcome outcome = run("erase", "clinic", "d-1", "--reason", "asked", "--rebuild");
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).contains("excluded abc", "m: sums are gone");
    assertThat(requests.getFirst()).contains("\"selective_exclusion\":true");
  }

  @Test
  void anExportIsWrittenWholeOrNotAtAll() throws IOException {
    answers.put(
        "GET /api/v1/federations/clinic/audit/export?format=jsonl&type=round.published",
        new Canned(200, "{}\n"));
    Path file = directory.resolve("log.jsonl");
    Outcome outcome =
        run(
            "audit",
            "export",
            "--federation",
            "clinic",
            "--type",
            "round.published",
            "-o",
            file.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(Files.readString(file)).isEqualTo("{}\n");
    assertThat(run("audit", "export", "--federation", "nobody", "-o", file + "2").code())
        .isEqualTo(1);
    assertThat(Files.exists(directory.resolve("log.jsonl2"))).isFalse();
  }

  @Test
  void shellsCanComplete() {
    assertThat(plain("completion").out()).contains("federations", "complete -F");
  }
}
