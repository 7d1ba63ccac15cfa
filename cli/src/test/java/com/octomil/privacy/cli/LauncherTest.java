package com.octomil.privacy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the real launcher script over a make-believe project, JDK and Maven. */
class LauncherTest {

  private static final List<String> MODULES =
      List.of(
          "proto",
          "core/dp-core",
          "service-kit",
          "budget-service",
          "secagg-relay-service",
          "aggregator-service",
          "device-sdk",
          "benchmarks",
          "cli");

  @TempDir private Path directory;
  private Path home;
  private Path jdk;
  private Path tools;

  private record Result(int exitCode, String out, String err) {}

  @BeforeEach
  void makeBelieve() throws IOException {
    // A space, since people do that.
    home = Files.createDirectories(directory.resolve("a project"));
    Files.copy(Path.of("..", "octomil").toAbsolutePath().normalize(), home.resolve("octomil"));
    executable(home.resolve("octomil"));
    write(home.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>\n");
    for (String module : MODULES) {
      write(home.resolve(module).resolve("src/main/java/A.java"), "class A {}\n");
    }
    jdk = jdk("jdk", "25.0.1");
    tools = Files.createDirectories(directory.resolve("tools"));
    script(
        tools.resolve("mvn"),
        """
        echo "maven on $JAVA_HOME: $*"
        for module in budget-service secagg-relay-service aggregator-service; do
          mkdir -p "$module/target/quarkus-app"
          touch "$module/target/quarkus-app/quarkus-run.jar"
        done
        mkdir -p cli/target
        touch cli/target/octomil-cli-1.2.3.jar
        """);
  }

  @Test
  void buildsOnceAndPassesEverythingOn() throws Exception {
    Result first = run(home.resolve("octomil"), "demo", "--json", "two words");

    assertThat(first.exitCode()).isEqualTo(7);
    assertThat(first.err().lines())
        .hasSize(1)
        .first()
        .asString()
        .startsWith("octomil: building with mvn");
    assertThat(first.out().lines())
        .contains("-Doctomil.home=" + home.toRealPath())
        .endsWith(
            "-jar",
            home.toRealPath().resolve("cli/target/octomil-cli-1.2.3.jar").toString(),
            "demo",
            "--json",
            "two words");
    assertThat(home.resolve(".octomil/build.log"))
        .content()
        .contains("maven on " + jdk, "-DskipTests", "package");

    assertThat(run(home.resolve("octomil"), "up").err()).isEmpty();
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    run(home.resolve("octomil"));
    Path source = home.resolve("core/dp-core/src/main/java/A.java");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));

    assertThat(run(home.resolve("octomil")).err()).contains("building");
  }

  @Test
  void testsAreNoReasonToBuild() throws Exception {
    run(home.resolve("octomil"));
    Path test = home.resolve("cli/src/test/java/ATest.java");
    write(test, "class ATest {}\n");
    Files.setLastModifiedTime(test, FileTime.from(Instant.now().plusSeconds(5)));

    assertThat(run(home.resolve("octomil")).err()).isEmpty();
  }

  @Test
  void worksThroughSymbolicLinks() throws Exception {
    Path first = Files.createSymbolicLink(directory.resolve("first"), home.resolve("octomil"));
    Path second = Files.createDirectories(directory.resolve("bin")).resolve("octomil");
    Files.createSymbolicLink(second, Path.of("..").resolve(first.getFileName()));

    assertThat(run(second).out()).contains("-Doctomil.home=" + home.toRealPath());
  }

  @Test
  void anOldJavaHomeIsPassedOver() throws Exception {
    Path old = jdk("old", "17.0.9");

    run(
        home.resolve("octomil"),
        Map.of("JAVA_HOME", old.toString(), "PATH", jdk.resolve("bin") + ":" + path()));

    assertThat(home.resolve(".octomil/build.log"))
        .content()
        .contains("maven on " + jdk.toRealPath());
  }

  @Test
  void aFailedBuildShowsItsEnd() throws Exception {
    script(tools.resolve("mvn"), "echo the compiler is unhappy\nexit 1\n");

    Result result = run(home.resolve("octomil"));

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains("the build failed", "the compiler is unhappy");
  }

  private Result run(Path script, String... arguments) throws Exception {
    return run(script, Map.of("JAVA_HOME", jdk.toString()), arguments);
  }

  private Result run(Path script, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("PATH", path());
    builder.environment().put("HOME", directory.resolve("user").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private String path() {
    return tools + ":" + System.getenv("PATH");
  }

  /** A JDK whose java prints its arguments, one a line, and exits with 7. */
  private Path jdk(String name, String version) throws IOException {
    Path root = directory.resolve(name);
    write(root.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    script(root.resolve("bin/java"), "printf '%s\\n' \"$@\"\nexit 7\n");
    script(root.resolve("bin/javac"), "exit 0\n");
    return root;
  }

  private static void script(Path file, String body) throws IOException {
    write(file, "#!/bin/sh\n" + body);
    executable(file);
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
