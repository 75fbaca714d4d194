package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.gateway.http.Json;
import dev.aegis.gateway.http.OpenApi;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// What the OpenAPI document says of all operations is so of each: who may not is turned away, and
/// what is malformed or not there is refused. An operation that is added is held to it as well.
class EveryOperationIT {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final Pattern SCOPE = Pattern.compile("`([a-z]+:[a-z]+)`");
  private static final JsonNode DOCUMENT = Json.parse(OpenApi.json());

  /// Operations that have no scope, as everybody may read the document.
  private static final Set<String> PUBLIC = Set.of("openapi");

  /// What is well-formed for the operations whose body is required and whose path has a variable.
  private static final Map<String, String> BODIES =
      Map.of(
          "changeAgent", "{\"name\":\"other\"}",
          "replaceAgent",
              "{\"name\":\"other\",\"type\":\"scraper\",\"capabilities\":[],\"status\":\"active\"}",
          "rotateAgentKey", "{\"public_key\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}",
          "sendToAgent", "{\"type\":\"t\",\"content\":1}",
          "changeWebhook", "{\"concurrency\":2}",
          "acknowledge", "{\"ids\":[\"" + UUID.randomUUID() + "\"]}",
          "messageStatus", "{\"status\":\"processed\"}");

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static RestKeys keys;
  private static ClientOptions agent;
  private static String message;
  private static String apiKey;
  private static String rule;

  /// A method and a path of the document.
  record Operation(String id, String method, String path, JsonNode json) {
    List<String> scopes() {
      List<String> scopes = new ArrayList<>();
      Matcher found = SCOPE.matcher(json.path("description").asString());
      while (found.find()) {
        scopes.add(found.group(1));
      }
      return scopes;
    }

    boolean takesBody() {
      return json.has("requestBody");
    }

    String path(String id) {
      return path.replace("{id}", id);
    }

    @Override
    public String toString() {
      return id;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
    keys = RestKeys.of(gateway);
    agent = gateway.enrol("eo-agent");
    message = made("/api/v1/agents/eo-agent/send", "{\"type\":\"t\",\"content\":1}");
    apiKey = made("/api/v1/api-keys", "{\"name\":\"eo\",\"role\":\"viewer\"}");
    rule = made("/api/v1/access-rules", "{\"from_organization\":\"partner\"}");
  }

  private static String made(String path, String body) throws Exception {
    HttpResponse<String> reply = gateway.rest("POST", path, keys.admin(), body);
    assertThat(reply.statusCode()).as(reply.body()).isIn(201, 202);
    return Json.parse(reply.body()).path("id").asString();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  static Stream<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    DOCUMENT
        .path("paths")
        .forEachEntry((path, item) ->
            item.forEachEntry((method, json) -> {
              if (METHODS.contains(method)) {
                operations.add(
                    new Operation(
                        json.path("operationId").asString(),
                        method.toUpperCase(Locale.ROOT),
                        path,
                        json));
              }
            }));
    return operations.stream();
  }

  static Stream<Operation> closed() {
    return operations().filter(operation -> !PUBLIC.contains(operation.id));
  }

  static Stream<Operation> withBody() {
    return operations().filter(Operation::takesBody);
  }

  /// A message to an agent of another organization is one that no rule allows.
  static Stream<Operation> ofOneThingWithin() {
    return ofOneThing().filter(operation -> !operation.id.equals("sendToAgent"));
  }

  static Stream<Operation> ofOneThing() {
    return operations().filter(operation -> operation.path.contains("{id}"));
  }

  @Test
  void aBroadcastReachesWhoIsConnected() throws Exception {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (AegisClient _ = AegisClient.connect(agent, c -> c.on("all", m -> heard.add(m.text())))) {
      HttpResponse<String> reply =
          gateway.rest(
              "POST",
              "/api/v1/agents/broadcast",
              keys.sender(),
              "{\"type\":\"all\",\"content\":\"hello\"}");
      assertThat(reply.statusCode()).as(reply.body()).isEqualTo(202);
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("\"hello\"");
    }
  }

  @Test
  void aKeyIsShownWithoutItsSecret() throws Exception {
    HttpResponse<String> reply =
        gateway.rest("GET", "/api/v1/api-keys/" + apiKey, keys.admin(), null);
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(Json.parse(reply.body()).path("name").asString()).isEqualTo("eo");
    assertThat(reply.body()).doesNotContain("api_key");
  }

  @Test
  void theTrailIsExportedAsLines() throws Exception {
    HttpResponse<String> reply = gateway.rest("GET", "/api/v1/audit/export", keys.viewer(), null);
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(reply.body().lines())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(Json.parse(line).isObject()).isTrue());
  }

  @Test
  void theDocumentIsForEverybody() throws Exception {
    HttpResponse<String> reply = gateway.rest("GET", "/api/v1/openapi.json", null, null);
    assertThat(reply.statusCode()).isEqualTo(200);
    assertThat(Json.parse(reply.body())).isEqualTo(DOCUMENT);
  }

  @ParameterizedTest
  @MethodSource("closed")
  void turnsAwayWhoHasNoKeyOrAWrongOne(Operation operation) throws Exception {
    String body = operation.takesBody() ? "{}" : null;
    String path = operation.path("eo-agent");
    HttpResponse<String> none = gateway.rest(operation.method, path, null, body);
    assertProblem(none, 401, "unauthorized");
    assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
    assertProblem(gateway.rest(operation.method, path, "not-a-key", body), 401, "unauthorized");
  }

  @ParameterizedTest
  @MethodSource("closed")
  void forbidsItToAKeyThatHasEveryScopeButItsOwn(Operation operation) throws Exception {
    assertThat(operation.scopes()).as("the description names its scope").isNotEmpty();
    HttpResponse<String> reply =
        gateway.rest(
            operation.method,
            operation.path("eo-agent"),
            keyWithout(operation.scopes()),
            operation.takesBody() ? "{}" : null);
    assertProblem(reply, 403, "forbidden");
    assertThat(Json.parse(reply.body()).path("detail").asString())
        .contains(operation.scopes().getLast());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void refusesAParameterThatItDoesNotKnow(Operation operation) throws Exception {
    HttpResponse<String> reply =
        gateway.rest(
            operation.method,
            operation.path("eo-agent") + "?misspelt=1",
            keys.admin(),
            operation.takesBody() ? "{}" : null);
    assertProblem(reply, 400, "unknown-parameter");
    assertThat(Json.parse(reply.body()).path("detail").asString()).contains("parameters here");
  }

  @ParameterizedTest
  @MethodSource("withBody")
  void refusesABodyThatIsNoJsonOrHasAFieldThatItDoesNotKnow(Operation operation) throws Exception {
    String path = operation.path(thing(operation));
    for (String body : List.of("{", "[]", "{\"misspelt\":1}")) {
      HttpResponse<String> reply =
          gateway.rest(operation.method, path, keys.admin(), body, Map.of("If-Match", "\"1\""));
      assertThat(reply.statusCode()).as("%s %s: %s", operation, body, reply.body()).isEqualTo(400);
    }
  }

  @ParameterizedTest
  @MethodSource("ofOneThing")
  void findsNothingUnderAnIdThatNothingHas(Operation operation) throws Exception {
    String unknown =
        operation.path.contains("/agents/") ? "eo-nobody" : UUID.randomUUID().toString();
    assertMissing(operation, unknown, keys.admin());
  }

  @ParameterizedTest
  @MethodSource("ofOneThingWithin")
  void findsNothingOfAnotherOrganization(Operation operation) throws Exception {
    assertMissing(operation, thing(operation), keys.foreign());
  }

  /// The id of what there is of the kind that the operation is about.
  private static String thing(Operation operation) {
    String path = operation.path;
    if (path.contains("/agents/")) {
      return "eo-agent";
    }
    return path.contains("/messages/") ? message : path.contains("/api-keys/") ? apiKey : rule;
  }

  private static void assertMissing(Operation operation, String id, String key) throws Exception {
    String body = BODIES.getOrDefault(operation.id, operation.takesBody() ? "{}" : null);
    HttpResponse<String> reply =
        gateway.rest(
            operation.method,
            operation.path(id),
            key,
            body,
            operation.method.equals("PUT") ? Map.of("If-Match", "\"1\"") : Map.of());
    assertThat(reply.statusCode()).as("%s: %s", operation, reply.body()).isEqualTo(404);
    assertThat(Json.parse(reply.body()).path("code").asString()).startsWith("unknown-");
  }

  private static String keyWithout(List<String> scopes) throws Exception {
    Set<String> others = new TreeSet<>();
    DOCUMENT.at("/components/schemas/Scope/enum").forEach(scope -> others.add(scope.asString()));
    assertThat(others.removeAll(scopes)).isTrue();
    String body =
        Json.write(
            Map.of("name", "without-" + UUID.randomUUID(), "role", "admin", "scopes", others));
    JsonNode issued =
        Json.parse(gateway.rest("POST", "/api/v1/api-keys", keys.admin(), body).body());
    return issued.path("api_key").asString();
  }

  private static void assertProblem(HttpResponse<String> reply, int status, String code) {
    assertThat(reply.statusCode()).as(reply.body()).isEqualTo(status);
    assertThat(Json.parse(reply.body()).path("code").asString()).isEqualTo(code);
  }
}
