// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

package dev.detloss.examples;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs the golden requests of tests/golden against servers. */
public final class Conformance {
  public static void main(String[] args) throws IOException {
    List<String> servers = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
    if (servers.isEmpty() || !servers.stream().allMatch(server -> server.matches("[^=]+=.+"))) {
      System.err.println("usage: Conformance DIRECTORY SERVER=ADDRESS...");
      System.exit(2);
    }
    List<GoldenCase> cases = GoldenCase.readAll(Path.of(args[0]));
    Map<String, ManagedChannel> channels = new HashMap<>();
    for (String server : servers) {
      String[] nameAndAddress = server.split("=", 2);
      channels.put(nameAndAddress[0], connect(nameAndAddress[1]));
    }
    int passed = 0;
    for (GoldenCase golden : cases) {
      Optional<String> difference = run(golden, channels);
      if (difference.isEmpty()) {
        passed++;
      } else {
        System.out.println(golden.name() + ": " + difference.get());
      }
    }
    channels.values().forEach(ManagedChannel::shutdownNow);
    System.out.println(passed + " of " + cases.size() + " cases");
    System.exit(passed == cases.size() && passed > 0 ? 0 : 1);
  }

  private static ManagedChannel connect(String address) {
    return Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
        .maxInboundMessageSize(1 << 30)
        .build();
  }

  /** Says what differs from what is expected, if anything does. */
  private static Optional<String> run(GoldenCase golden, Map<String, ManagedChannel> channels) {
    ManagedChannel channel = channels.get(golden.server());
    if (channel == null) {
      return Optional.of("the address of the server " + golden.server() + " was not given");
    }
    try {
      return golden.expected().difference(golden.call(channel));
    } catch (Exception e) { // one case that cannot run must not keep the others from running
      return Optional.of(e.toString());
    }
  }

  private Conformance() {}
}
