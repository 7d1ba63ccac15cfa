package com.octomil.privacy.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Processor time and memory of processes, as the operating system counts them. */
final class Usage {

  private Usage() {}

  /** Processor time of a process and of its living descendants since they started. */
  static Duration cpu(ProcessHandle process) {
    Duration total = own(process);
    for (ProcessHandle child : process.descendants().toList()) {
      total = total.plus(own(child));
    }
    return total;
  }

  /** Processor time of this JVM alone, without the processes it started. */
  static Duration cpuOfThisProcess() {
    return own(ProcessHandle.current());
  }

  private static Duration own(ProcessHandle process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Highest resident memory of a process so far in bytes; absent where there is no /proc. */
  static OptionalLong peakMemory(ProcessHandle process) {
    return status(process, "VmHWM:");
  }

  /** Resident memory of a process in bytes; absent where there is no /proc. */
  static OptionalLong memory(ProcessHandle process) {
    return status(process, "VmRSS:");
  }

  private static OptionalLong status(ProcessHandle process, String field) {
    List<String> status;
    try {
      status = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
    for (String line : status) {
      if (line.startsWith(field)) {
        return OptionalLong.of(Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
      }
    }
    return OptionalLong.empty();
  }
}
