package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Makes one mistake at a time in objects that keep all rules: the rule meant for it must catch it.
 */
class MutationTest {

  private static final Manifests SOUND = Chart.render("regions");

  /**
   * A deliberate mistake.
   *
   * @param what in words
   * @param caughtBy the rule that must not hold any more
   * @param make makes it
   */
  record Mistake(String what, Rule caughtBy, Consumer<Manifests> make) {

    @Override
    public String toString() {
      return what;
    }
  }

  @Test
  void withoutAMistakeAllRulesHold() {
    assertThat(Checks.of(SOUND.copy(), Chart.SUPPLIED, ChartTest.TWO_REGIONS)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void isCaught(Mistake mistake) {
    Manifests manifests = SOUND.copy();
    mistake.make().accept(manifests);
    assertThat(Checks.of(manifests, Chart.SUPPLIED, ChartTest.TWO_REGIONS))
        .extracting(Violation::rule)
        .contains(mistake.caughtBy());
  }

  @Test
  void thereAreEnough() {
    assertThat(mistakes()).hasSizeGreaterThanOrEqualTo(25);
    assertThat(mistakes().map(Mistake::caughtBy)).contains(Rule.values());
  }

  static Stream<Mistake> mistakes() {
    return Stream.of(
        set(
            "misspelt member of a container",
            Rule.STRUCTURE,
            "relay",
            "true",
            "readOnly",
            CONTAINER),
        set(
            "text where a number belongs",
            Rule.STRUCTURE,
            "relay",
            "\"many\"",
            "minReadySeconds",
            "spec"),
        on(
            "misspelt member of a policy",
            Rule.STRUCTURE,
            "NetworkPolicy",
            "relay",
            json -> rename(json, "egress", "egres")),
        new Mistake(
            "an object twice",
            Rule.DUPLICATE,
            manifests -> manifests.resources().add(manifests.component("Service", "relay"))),
        set(
            "name that is no DNS label",
            Rule.NAME,
            "relay",
            "\"Octomil_Relay\"",
            "name",
            "metadata"),
        set(
            "label value with a space",
            Rule.NAME,
            "relay",
            "\"a b\"",
            "team",
            "metadata",
            "labels"),
        set(
            "template without the selector's label",
            Rule.SELECTOR,
            "relay",
            "\"other\"",
            Labels.COMPONENT,
            TEMPLATE_LABELS),
        on(
            "Service that selects nothing",
            Rule.SELECTOR,
            "Service",
            "relay",
            json -> put(json, "\"rely\"", Labels.COMPONENT, "spec", "selector")),
        on(
            "Service that selects everything",
            Rule.SELECTOR,
            "Service",
            "relay",
            json -> Json.object(json, "spec", "selector").remove(Labels.COMPONENT)),
        set("no spread over zones", Rule.SELECTOR, "relay", "[]", "topologySpreadConstraints", POD),
        set(
            "request over the limit",
            Rule.RESOURCES,
            "relay",
            "\"9Gi\"",
            "memory",
            resources("requests")),
        set(
            "quantity that does not parse",
            Rule.RESOURCES,
            "relay",
            "\"1 GB\"",
            "memory",
            resources("limits")),
        remove("no limit", Rule.RESOURCES, "relay", "memory", resources("limits")),
        on(
            "port out of range",
            Rule.PORT,
            "Service",
            "relay",
            json -> put(json, "70000", "port", "spec", "ports", 0)),
        on(
            "target port that nobody has",
            Rule.PORT,
            "Service",
            "relay",
            json -> put(json, "\"http\"", "targetPort", "spec", "ports", 0)),
        set(
            "privileged port",
            Rule.PORT,
            "relay",
            "443",
            "containerPort",
            path(CONTAINER, "ports", 0)),
        new Mistake(
            "service that listens elsewhere",
            Rule.PORT,
            manifests -> setting(manifests, "relay", "QUARKUS_GRPC_SERVER_PORT", "9009")),
        set(
            "probe with two handlers",
            Rule.PROBE,
            "relay",
            "{\"port\": 9001}",
            "grpc",
            path(CONTAINER, "livenessProbe")),
        remove("no readiness probe", Rule.PROBE, "relay", "readinessProbe", CONTAINER),
        set(
            "probe on a port that does not exist",
            Rule.PROBE,
            "relay",
            "\"health\"",
            "port",
            path(CONTAINER, "livenessProbe", "httpGet")),
        set(
            "mount without a volume",
            Rule.MOUNT,
            "relay",
            "\"temp\"",
            "name",
            path(CONTAINER, "volumeMounts", 0)),
        set("volume that is not mounted", Rule.MOUNT, "relay", "[]", "volumeMounts", CONTAINER),
        new Mistake(
            "setting that names a file which is not there",
            Rule.MOUNT,
            manifests ->
                setting(manifests, "relay", "OCTOMIL_SERVICE_TOKEN_FILE", "/etc/octomil/token")),
        set(
            "ConfigMap that does not exist",
            Rule.REFERENCE,
            "relay",
            "\"octomil-rely\"",
            "name",
            path(CONTAINER, "envFrom", 0, "configMapRef")),
        set(
            "Secret that nobody makes",
            Rule.REFERENCE,
            "relay",
            "\"octomil-tls\"",
            "secretName",
            path(POD, "volumes", 1, "secret")),
        set(
            "ServiceAccount that does not exist",
            Rule.REFERENCE,
            "relay",
            "\"root\"",
            "serviceAccountName",
            POD),
        on(
            "Ingress to a port that does not exist",
            Rule.REFERENCE,
            "Ingress",
            "relay",
            json ->
                put(
                    json,
                    "\"http\"",
                    "name",
                    "spec",
                    "rules",
                    0,
                    "http",
                    "paths",
                    0,
                    "backend",
                    "service",
                    "port")),
        on(
            "Ingress without TLS",
            Rule.REFERENCE,
            "Ingress",
            "relay",
            json -> put(json, "[]", "tls", "spec")),
        new Mistake(
            "peer that does not exist",
            Rule.REFERENCE,
            manifests ->
                setting(
                    manifests,
                    "aggregator",
                    "QUARKUS_GRPC_CLIENTS_RELAY_HOST",
                    "relay.octomil-eu.svc")),
        new Mistake(
            "peer behind one address, where calls would not be balanced",
            Rule.REFERENCE,
            manifests ->
                setting(
                    manifests,
                    "aggregator",
                    "QUARKUS_GRPC_CLIENTS_BUDGET_HOST",
                    "octomil-budget.octomil-privacy.svc")),
        on(
            "certificate that does not name its service",
            Rule.REFERENCE,
            "Certificate",
            "relay",
            json -> put(json, "[\"relay.example.com\"]", "dnsNames", "spec")),
        on(
            "autoscaler with an empty range",
            Rule.AUTOSCALING,
            "HorizontalPodAutoscaler",
            "relay",
            json -> put(json, "99", "minReplicas", "spec")),
        set("replicas beside an autoscaler", Rule.AUTOSCALING, "relay", "2", "replicas", "spec"),
        on(
            "disruption budget with two bounds",
            Rule.DISRUPTION,
            "PodDisruptionBudget",
            "relay",
            json -> put(json, "1", "minAvailable", "spec")),
        on(
            "disruption budget of nobody",
            Rule.DISRUPTION,
            "PodDisruptionBudget",
            "relay",
            json -> put(json, "\"rely\"", Labels.COMPONENT, "spec", "selector", "matchLabels")),
        remove("no node affinity", Rule.REGION, "relay", "nodeAffinity", path(POD, "affinity")),
        new Mistake("affinity that is only a wish", Rule.REGION, MutationTest::wish),
        new Mistake(
            "a second term that lets pods run anywhere", Rule.REGION, MutationTest::secondTerm),
        set(
            "nodes of another region",
            Rule.REGION,
            "relay",
            "[\"us-east-1\"]",
            "values",
            path(TERMS, 0, "matchExpressions", 0)),
        new Mistake(
            "configured as another region",
            Rule.REGION,
            manifests -> setting(manifests, "relay", "OCTOMIL_REGION", "us")),
        set("root", Rule.POD_SECURITY, "relay", "0", "runAsUser", path(POD, "securityContext")),
        set(
            "writable root file system",
            Rule.POD_SECURITY,
            "relay",
            "false",
            "readOnlyRootFilesystem",
            path(CONTAINER, "securityContext")),
        set(
            "a capability",
            Rule.POD_SECURITY,
            "relay",
            "[\"NET_ADMIN\"]",
            "add",
            path(CONTAINER, "securityContext", "capabilities")),
        remove(
            "no seccomp profile",
            Rule.POD_SECURITY,
            "relay",
            "seccompProfile",
            path(POD, "securityContext")),
        set("the host's network", Rule.POD_SECURITY, "relay", "true", "hostNetwork", POD),
        set(
            "a folder of the host",
            Rule.POD_SECURITY,
            "relay",
            "{\"name\": \"tmp\", \"hostPath\": {\"path\": \"/tmp\"}}",
            0,
            path(POD, "volumes")),
        set(
            "a token for the API server",
            Rule.TOKEN,
            "relay",
            "true",
            "automountServiceAccountToken",
            POD),
        new Mistake(
            "password in a ConfigMap",
            Rule.SECRET,
            manifests -> setting(manifests, "relay", "OCTOMIL_DATABASE_PASSWORD", "hunter2")),
        set(
            "secret among the arguments",
            Rule.SECRET,
            "relay",
            "[\"--password=hunter2\"]",
            "args",
            CONTAINER),
        set(
            "image without a tag",
            Rule.IMAGE,
            "relay",
            "\"octomil-privacy/secagg-relay-service\"",
            "image",
            CONTAINER),
        set(
            "image of another service",
            Rule.IMAGE,
            "relay",
            "\"octomil-privacy/budget-service:0.1.0\"",
            "image",
            CONTAINER),
        new Mistake(
            "plain REST beside TLS",
            Rule.TLS,
            manifests -> setting(manifests, "relay", "QUARKUS_HTTP_INSECURE_REQUESTS", "enabled")),
        new Mistake(
            "gRPC configured by a key that its server ignores",
            Rule.TLS,
            manifests ->
                setting(manifests, "relay", "QUARKUS_GRPC_SERVER_TLS_CONFIGURATION_NAME", "rest")),
        new Mistake(
            "gRPC without a certificate",
            Rule.TLS,
            manifests -> settings(manifests, "relay").remove("OCTOMIL_TLS_CERTIFICATE_FILE")),
        new Mistake(
            "certificate that is never renewed",
            Rule.TLS,
            manifests ->
                setting(
                    manifests,
                    "relay",
                    "QUARKUS_GRPC_SERVER_SSL_CERTIFICATE",
                    "/etc/octomil/tls/tls.crt")),
        new Mistake(
            "client without an authority to trust",
            Rule.TLS,
            manifests -> settings(manifests, "aggregator").remove("OCTOMIL_TLS_CA_FILE")),
        new Mistake(
            "budget service that asks for no certificate",
            Rule.TLS,
            manifests ->
                setting(manifests, "budget", "QUARKUS_GRPC_SERVER_SSL_CLIENT_AUTH", "NONE")),
        new Mistake(
            "the insecure switch",
            Rule.TLS,
            manifests -> setting(manifests, "relay", "OCTOMIL_INSECURE_ALLOW_PLAINTEXT", "true")),
        set(
            "killed in the middle of a phase",
            Rule.TERMINATION,
            "relay",
            "20",
            "terminationGracePeriodSeconds",
            POD),
        remove(
            "stops listening before endpoints forget it",
            Rule.TERMINATION,
            "relay",
            "lifecycle",
            CONTAINER),
        new Mistake(
            "no default deny",
            Rule.NETWORK,
            manifests ->
                manifests
                    .resources()
                    .removeIf(resource -> resource.name().endsWith("default-deny"))),
        on(
            "a policy without peers",
            Rule.NETWORK,
            "NetworkPolicy",
            "relay",
            json -> Json.objects(json, "spec", "ingress").getFirst().remove("from")),
        on(
            "a policy without ports",
            Rule.NETWORK,
            "NetworkPolicy",
            "aggregator",
            json -> Json.objects(json, "spec", "egress").get(2).remove("ports")),
        on(
            "a policy for egress only in name",
            Rule.NETWORK,
            "NetworkPolicy",
            "relay",
            json -> put(json, "[\"Ingress\"]", "policyTypes", "spec")),
        on(
            "aggregator that may call any region's relay",
            Rule.NETWORK,
            "NetworkPolicy",
            "aggregator",
            MutationTest::anyRegion),
        on(
            "the database of another region",
            Rule.NETWORK,
            "NetworkPolicy",
            "relay",
            json -> put(json, "\"10.2.8.0/24\"", "cidr", "spec", "egress", 1, "to", 0, "ipBlock")),
        on(
            "aggregator that lets relays in, who may not go there",
            Rule.NETWORK,
            "NetworkPolicy",
            "aggregator",
            json -> addCaller(json, "relay", 9002)),
        on(
            "a missing arrow",
            Rule.NETWORK,
            "NetworkPolicy",
            "aggregator",
            json -> Json.at(json, "spec", "egress").orElseThrow().getAsJsonArray().remove(3)));
  }

  private static final Object[] POD = {"spec", "template", "spec"};
  private static final Object[] CONTAINER = path(POD, "containers", 0);
  private static final Object[] TEMPLATE_LABELS = {"spec", "template", "metadata", "labels"};
  private static final Object[] TERMS =
      path(
          POD,
          "affinity",
          "nodeAffinity",
          "requiredDuringSchedulingIgnoredDuringExecution",
          "nodeSelectorTerms");

  private static Object[] path(Object[] start, Object... more) {
    return Stream.concat(Stream.of(start), Stream.of(more)).toArray();
  }

  private static Object[] resources(String list) {
    return path(CONTAINER, "resources", list);
  }

  private static Mistake on(
      String what, Rule rule, String kind, String component, Consumer<JsonObject> change) {
    return new Mistake(
        what, rule, manifests -> change.accept(manifests.component(kind, component).json()));
  }

  private static Mistake set(
      String what, Rule rule, String component, String value, Object member, Object... path) {
    return on(what, rule, "Deployment", component, json -> put(json, value, member, path));
  }

  private static Mistake remove(
      String what, Rule rule, String component, String member, Object... path) {
    return on(
        what,
        rule,
        "Deployment",
        component,
        json -> assertThat(Json.object(json, path).remove(member)).isNotNull());
  }

  /** Sets a member of the object, or an element of the array, at a path. */
  private static void put(JsonObject json, String value, Object member, Object... path) {
    JsonElement parent = Json.at(json, path).orElseThrow();
    JsonElement parsed = JsonParser.parseString(value);
    if (member instanceof Integer index) {
      JsonElement replaced = parent.getAsJsonArray().set(index, parsed);
      assertThat(replaced).isNotEqualTo(parsed);
    } else {
      parent.getAsJsonObject().add(String.valueOf(member), parsed);
    }
  }

  private static void rename(JsonObject json, String from, String to) {
    JsonObject spec = Json.object(json, "spec");
    spec.add(to, spec.remove(from));
  }

  private static JsonObject settings(Manifests manifests, String component) {
    return Json.object(
        manifests.resources().stream()
            .filter(resource -> resource.is("ConfigMap"))
            .filter(resource -> component.equals(resource.labels().get(Labels.COMPONENT)))
            .findFirst()
            .orElseThrow()
            .json(),
        "data");
  }

  private static void setting(Manifests manifests, String component, String name, String value) {
    settings(manifests, component).addProperty(name, value);
  }

  private static void wish(Manifests manifests) {
    JsonObject affinity =
        Json.object(
            manifests.component("Deployment", "relay").json(),
            path(POD, "affinity", "nodeAffinity"));
    JsonObject required =
        affinity.remove("requiredDuringSchedulingIgnoredDuringExecution").getAsJsonObject();
    JsonObject preferred = new JsonObject();
    preferred.addProperty("weight", 100);
    preferred.add("preference", Json.objects(required, "nodeSelectorTerms").getFirst());
    JsonArray wishes = new JsonArray();
    wishes.add(preferred);
    affinity.add("preferredDuringSchedulingIgnoredDuringExecution", wishes);
  }

  private static void secondTerm(Manifests manifests) {
    Json.at(manifests.component("Deployment", "relay").json(), TERMS)
        .orElseThrow()
        .getAsJsonArray()
        .add(
            JsonParser.parseString(
                "{\"matchExpressions\": [{\"key\": \"kubernetes.io/os\", \"operator\": \"In\","
                    + " \"values\": [\"linux\"]}]}"));
  }

  private static void anyRegion(JsonObject aggregatorPolicy) {
    JsonObject relay = Json.objects(aggregatorPolicy, "spec", "egress").get(3);
    relay.add(
        "to",
        JsonParser.parseString(
            "[{\"namespaceSelector\": {}, \"podSelector\": {\"matchLabels\":"
                + " {\"app.kubernetes.io/component\": \"aggregator\"}}}]"));
  }

  private static void addCaller(JsonObject policy, String component, int port) {
    policy
        .getAsJsonObject("spec")
        .getAsJsonArray("ingress")
        .add(
            JsonParser.parseString(
                "{\"from\": [{\"podSelector\": {\"matchLabels\": {\"app.kubernetes.io/component\": \""
                    + component
                    + "\"}}}], \"ports\": [{\"port\": "
                    + port
                    + "}]}"));
  }
}
