package com.octomil.privacy.cli.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Finds TCP ports that nobody uses on the loopback interface. */
final class FreePorts {

  private FreePorts() {}

  /**
   * Reserves and releases as many distinct ports. Another process may take one before its user
   * binds it, which is rare and then fails the start of that user with a clear message.
   *
   * @param count how many
   * @return distinct port numbers
   * @throws IOException if the system hands out no port
   */
  static List<Integer> find(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    try {
      List<Integer> ports = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        // All stay open until the last one is found, so that none is handed out twice.
        ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.add(socket);
        ports.add(socket.getLocalPort());
      }
      return ports;
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }
}
