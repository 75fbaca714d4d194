package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.AegisClient;
import dev.aegis.gateway.TestGateway;
import dev.aegis.gateway.http.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// API keys, access rules and the registry from the command line, against a whole gateway.
class AdminCommandsIT {
  private static final String UUID_FORM = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z";

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static CliRun aegis;

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
    aegis = new CliRun(directory.resolve("gw"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void aKeyIsMadeListedRotatedAndRevoked() throws Exception {
    String first = aegis.lines("apikey", "ops", "--role=admin").getFirst();
    List<String> listed = aegis.lines("apikey", "list", "--organization=default");
    assertThat(listed.getFirst())
        .matches("ID +NAME +ROLE +ORGANIZATION +SPEAKS FOR +LAST USED +EXPIRES");
    assertThat(listed)
        .anyMatch(line -> line.matches(UUID_FORM + " +ops +admin +default +- +never +never"));
    assertThat(String.join("", listed)).doesNotContain(first);
    String id = key("ops").path("id").asString();

    String second = aegis.lines("apikey", "rotate", id).getFirst();
    assertThat(List.of(accepted(first), accepted(second))).containsExactly(true, true);
    JsonNode third = aegis.json("apikey", "rotate", id, "--grace-seconds=0");
    assertThat(third.path("id").asString()).isEqualTo(id);
    assertThat(List.of(accepted(first), accepted(second))).containsExactly(false, false);
    assertThat(accepted(third.path("api_key").asString())).isTrue();

    assertThat(aegis.lines("apikey", "revoke", id)).containsExactly(id + " is revoked");
    assertThat(accepted(third.path("api_key").asString())).isFalse();
    assertThat(aegis.lines("apikey", "list")).noneMatch(line -> line.startsWith(id));
    assertThat(aegis.failure(ExitCode.REFUSED, "apikey", "revoke", id)).contains("no API key");
    assertThat(aegis.failure(ExitCode.REFUSED, "apikey", "rotate", id)).contains("no API key");
  }

  @Test
  void keysComeByPagesAndByOrganization() {
    for (int i = 0; i < 3; i++) {
      aegis.lines("apikey", "paged-" + i, "--organization=paged");
    }
    List<String> seen = new ArrayList<>();
    List<String> page = aegis.lines("apikey", "list", "--organization=paged", "--limit=2");
    assertThat(page).hasSize(4);
    assertThat(page.getLast()).matches("more: --cursor \\S+");
    seen.addAll(page.subList(1, 3));
    String cursor = page.getLast().substring("more: --cursor ".length());
    page = aegis.lines("apikey", "list", "--organization=paged", "--limit=2", "--cursor=" + cursor);
    assertThat(page).hasSize(2);
    seen.addAll(page.subList(1, 2));
    assertThat(seen.stream().map(line -> line.replaceFirst("^\\S+ +(\\S+) .*", "$1")))
        .containsExactlyInAnyOrder("paged-0", "paged-1", "paged-2");
    String id = seen.getFirst().substring(0, 36);
    assertThat(aegis.failure(ExitCode.REFUSED, "apikey", "revoke", id, "--organization=default"))
        .contains("no API key");
    assertThat(
            aegis.failure(
                ExitCode.REFUSED, "apikey", "list", "--organization=paged", "--cursor=x!"))
        .contains("cursor");
  }

  @Test
  void rulesAreAddedListedAndRemoved() {
    aegis.lines("apikey", "for-rules", "--organization=guarded");
    assertThat(aegis.lines("rules", "list", "--organization=guarded")).containsExactly("no rules");
    String added =
        aegis.lines("rules", "add", "partner", "--organization=guarded", "--type=order").getFirst();
    assertThat(added).matches(UUID_FORM + ": agents of partner may send to those of guarded");
    String id = added.substring(0, 36);
    String any =
        aegis.json("rules", "add", "partner", "--organization=guarded").path("id").asString();
    List<String> listed = aegis.lines("rules", "list", "--organization=guarded");
    assertThat(listed.getFirst()).matches("ID +FROM +TO +TYPE +CREATED");
    assertThat(listed)
        .hasSize(3)
        .anyMatch(line -> line.matches(id + " +partner +guarded +order +" + TIME))
        .anyMatch(line -> line.matches(any + " +partner +guarded +any +" + TIME));
    assertThat(aegis.lines("rules", "list", "--organization=default"))
        .noneMatch(line -> line.startsWith(id));
    assertThat(aegis.failure(ExitCode.REFUSED, "rules", "add", "partner", "--organization=guarded"))
        .contains("a rule that says the same");
    assertThat(aegis.lines("rules", "remove", id, any))
        .containsExactly(id + " is removed", any + " is removed");
    assertThat(aegis.failure(ExitCode.REFUSED, "rules", "remove", id)).contains("no rule");
    assertThat(aegis.failure(ExitCode.REFUSED, "rules", "add", "guarded", "--organization=guarded"))
        .contains("another one than your own");
  }

  @Test
  void anAgentIsRegisteredShownChangedAndHeardOf() {
    List<String> made =
        aegis.lines(
            "agent",
            "register",
            "clerk",
            "--type=scraper",
            "--capability=scrape",
            "--capability=translate",
            "--endpoint=https://clerk.example/hook");
    assertThat(made)
        .contains(
            "agent id       clerk",
            "type           scraper",
            "capabilities   scrape, translate",
            "status         active",
            "state          offline",
            "connected      false");
    assertThat(aegis.lines("agent", "heartbeat", "clerk")).containsExactly("clerk was heard of");
    assertThat(aegis.lines("agent", "show", "clerk")).contains("state          healthy");
    assertThat(aegis.lines("agent", "update", "clerk", "--status=maintenance", "--capability=read"))
        .contains(
            "status         maintenance",
            "capabilities   read",
            "endpoint       https://clerk.example/hook");
    JsonNode shown = aegis.json("agent", "show", "clerk");
    assertThat(shown.path("version").asInt()).isEqualTo(2);
    assertThat(shown.path("capabilities")).hasSize(1);

    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "register", "clerk"))
        .contains("there is, or was, an agent of that id");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "update", "clerk", "--status=asleep"))
        .contains("active, inactive or maintenance");
    assertThat(aegis.failure(ExitCode.USAGE, "agent", "update", "clerk"))
        .contains("say what to change");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "show", "nobody")).contains("no agent");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "show", "no body")).contains("no agent");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "heartbeat", "nobody"))
        .contains("no agent");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "status", "nobody")).contains("no agent");
  }

  @Test
  void theStatusOfAnAgentSaysWhetherItIsConnected() throws Exception {
    var options = gateway.enrol("here");
    assertThat(aegis.lines("agent", "status", "here"))
        .containsExactly("here of default: not connected, 0 messages wait for it");
    try (AegisClient _ = AegisClient.connect(options)) {
      assertThat(aegis.lines("agent", "status", "here").getFirst())
          .matches("here of default: connected since " + TIME + ", 0 messages wait for it");
      assertThat(aegis.json("agent", "status", "here").path("is_active").asBoolean()).isTrue();
    }
    aegis.lines("agent", "revoke", "here");
    assertThat(aegis.lines("agent", "status", "here").getFirst()).contains(": revoked,");
  }

  @Test
  void anAgentIsOfTheOrganizationThatIsNamed() {
    aegis.lines("apikey", "for-agents", "--organization=apart");
    assertThat(aegis.lines("agent", "register", "loner", "--organization=apart"))
        .contains("organization   apart");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "show", "loner", "--organization=default"))
        .contains("no agent");
    assertThat(aegis.lines("agent", "show", "loner")).contains("organization   apart");
    assertThat(aegis.failure(ExitCode.REFUSED, "agent", "register", "x1", "--organization=nowhere"))
        .contains("no organization of that name");
  }

  @Test
  void whatIsMisspeltIsRefused() {
    assertThat(aegis.failure(ExitCode.USAGE, "apikey")).contains("say what the key is for");
    assertThat(aegis.failure(ExitCode.USAGE, "apikey", "--role=admin", "list"))
        .contains("go behind list");
    assertThat(aegis.failure(ExitCode.USAGE, "apikey", "name", "list")).contains("go behind list");
    assertThat(aegis.failure(ExitCode.USAGE, "apikey", "rotate", "nonsense")).contains("ID");
    assertThat(aegis.failure(ExitCode.USAGE, "rules")).contains("say which");
    assertThat(aegis.failure(ExitCode.USAGE, "agent")).contains("say which");
  }

  @Test
  void onlyTheAdminTokenOpensTheseOperations() throws Exception {
    String key = aegis.lines("apikey", "outside", "--role=admin").getFirst();
    for (String path : List.of("/api/v1/api-keys", "/api/v1/access-rules", "/api/v1/agents")) {
      assertThat(status(gateway.management(path), key, null)).isEqualTo(401);
      assertThat(status(gateway.management(path), null, null)).isEqualTo(401);
      String token = Files.readString(directory.resolve("gw/admin.token")).strip();
      assertThat(status(gateway.management(path), token, null)).isEqualTo(200);
      assertThat(status(gateway.management(path), token, "default")).isEqualTo(200);
      assertThat(status(gateway.management(path), token, "no-such-organization")).isEqualTo(400);
    }
    assertThat(aegis.failure(ExitCode.REFUSED, "apikey", "revoke", UUID.randomUUID().toString()))
        .contains("no API key");
  }

  private static int status(URI uri, @Nullable String bearer, @Nullable String organization)
      throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (bearer != null) {
      request.header("Authorization", "Bearer " + bearer);
    }
    if (organization != null) {
      request.header("Aegis-Organization", organization);
    }
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }

  private static JsonNode key(String name) {
    for (JsonNode key : aegis.json("apikey", "list").path("api_keys")) {
      if (key.path("name").asString().equals(name)) {
        return key;
      }
    }
    throw new AssertionError("no key " + name);
  }

  private static boolean accepted(String key) throws Exception {
    HttpResponse<String> answer = gateway.rest("GET", "/api/v1/agents", key, null);
    assertThat(answer.statusCode()).isIn(200, 401);
    assertThat(Json.parse(answer.body())).isNotNull();
    return answer.statusCode() == 200;
  }
}
