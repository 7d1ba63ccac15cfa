package com.octomil.privacy.it;

import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.ServicePorts;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Two aggregators, two relays and a budget service on one PostgreSQL that keeps what it commits.
 * Everybody who calls a service goes through its proxy, the services too.
 */
final class ReplicatedServices implements AutoCloseable {

  private final Stack stack;
  private final List<Stack.Replica> aggregators;
  private final List<Stack.Replica> relays;
  private final FaultProxy budget;
  private final FaultProxy relay;
  private final FaultProxy aggregator;

  private ReplicatedServices(
      Stack stack,
      List<Stack.Replica> aggregators,
      List<Stack.Replica> relays,
      FaultProxy budget,
      FaultProxy relay,
      FaultProxy aggregator) {
    this.stack = stack;
    this.aggregators = aggregators;
    this.relays = relays;
    this.budget = budget;
    this.relay = relay;
    this.aggregator = aggregator;
  }

  static ReplicatedServices start(long seed) throws Exception {
    Stack stack =
        Stack.start(
            StackOptions.in(Home.path())
                .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.1S"))
                .withProperties(Service.AGGREGATOR, Map.of("octomil.aggregator.lease", "3s")));
    try {
      // The stack's own know each other without the proxies.
      stack.stop(Service.AGGREGATOR);
      stack.stop(Service.RELAY);
      FaultProxy budget = new FaultProxy(seed, List.of(stack.ports(Service.BUDGET).grpc()));
      Map<String, String> toBudget =
          Map.of("quarkus.grpc.clients.budget.port", Integer.toString(budget.port()));
      List<Stack.Replica> relays = two(stack, Service.RELAY, toBudget);
      FaultProxy relay = new FaultProxy(seed + 1, grpc(relays));
      List<Stack.Replica> aggregators =
          two(
              stack,
              Service.AGGREGATOR,
              Map.of(
                  "quarkus.grpc.clients.budget.port",
                  Integer.toString(budget.port()),
                  "quarkus.grpc.clients.relay.port",
                  Integer.toString(relay.port())));
      return new ReplicatedServices(
          stack, aggregators, relays, budget, relay, new FaultProxy(seed + 2, grpc(aggregators)));
    } catch (Exception e) {
      stack.closeKeepingLogs();
      throw e;
    }
  }

  private static List<Stack.Replica> two(Stack stack, Service service, Map<String, String> more)
      throws Exception {
    return List.of(stack.startReplica(service, more), stack.startReplica(service, more));
  }

  private static List<Integer> grpc(List<Stack.Replica> replicas) {
    return replicas.stream().map(replica -> replica.ports().grpc()).toList();
  }

  /** Where callers find the services: REST of the first replicas, gRPC through the proxies. */
  Endpoints endpoints() {
    Endpoints own = stack.endpoints();
    return new Endpoints(
        own.budgetUrl(),
        http(aggregators.getFirst().ports()),
        http(relays.getFirst().ports()),
        "127.0.0.1:" + aggregator.port(),
        "127.0.0.1:" + relay.port(),
        own.databaseUrl(),
        own.apiKey());
  }

  private static String http(ServicePorts ports) {
    return "http://127.0.0.1:" + ports.http();
  }

  Stack stack() {
    return stack;
  }

  List<Stack.Replica> aggregators() {
    return aggregators;
  }

  List<Stack.Replica> relays() {
    return relays;
  }

  List<FaultProxy> proxies() {
    return List.of(budget, relay, aggregator);
  }

  @Override
  public void close() throws Exception {
    for (FaultProxy proxy : new ArrayList<>(proxies())) {
      proxy.close();
    }
    stack.close();
  }
}
