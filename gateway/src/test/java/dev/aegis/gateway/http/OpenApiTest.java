package dev.aegis.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.protocol.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The document and the routes are the same API.
final class OpenApiTest {
  private static final Pattern ROW = Pattern.compile("\\| `([A-Z]+ [^`]+)`: .* \\| (\\S+) \\|");
  private static final Pattern CODES = Pattern.compile("\\| (\\d{3}) \\| (.*) \\|");
  private static final Pattern CODE = Pattern.compile("`([a-z-]+)`");
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

  private static final OpenApiResource CONTRACT = new OpenApiResource();

  private static final RouteTable TABLE =
      RestApi.table(
          CONTRACT,
          none(),
          none(),
          none(),
          none(),
          none(),
          none(),
          none(),
          none(),
          none(),
          new Audit(none()),
          none(),
          none(),
          none(),
          none(),
          none());

  private final JsonNode document = Json.parse(OpenApi.json());

  @Test
  void everyRouteIsInTheDocumentAndTheOtherWayRound() {
    Set<String> documented = new TreeSet<>();
    document
        .path("paths")
        .forEachEntry((path, item) ->
            item.propertyNames().stream()
                .filter(METHODS::contains)
                .forEach(method -> documented.add(method.toUpperCase(Locale.ROOT) + " " + path)));
    Set<String> routed = new TreeSet<>();
    for (Route route : TABLE.routes()) {
      route.templates().forEach(path -> routed.add(route.method() + " " + path));
    }
    assertThat(documented).isEqualTo(routed).hasSizeGreaterThan(15);
  }

  @Test
  void everyParameterOfARouteIsInTheDocumentAndTheOtherWayRound() {
    for (Route route : TABLE.routes()) {
      Set<String> routed = new TreeSet<>(route.once());
      routed.addAll(route.often());
      Set<String> documented = new TreeSet<>();
      JsonNode operation =
          document
              .path("paths")
              .path(route.templates().getFirst())
              .path(route.method().toLowerCase(Locale.ROOT));
      boolean repeatable = false;
      for (JsonNode given : operation.path("parameters")) {
        JsonNode parameter = given.has("$ref") ? at(given.path("$ref").asString()) : given;
        if (parameter.path("in").asString().equals("query")) {
          documented.add(parameter.path("name").asString());
        }
        repeatable |= parameter.path("name").asString().equals(Idempotency.HEADER);
      }
      assertThat(documented).as(route.method() + " " + route.templates()).isEqualTo(routed);
      assertThat(repeatable)
          .as(route.method() + " " + route.templates())
          .isEqualTo(route.repeatable());
      Scope scope = route.scope();
      if (scope != null) {
        assertThat(operation.path("description").asString().replaceAll("\\s+", " "))
            .as(route.method() + " " + route.templates())
            .contains("the scope `" + scope.label() + "`");
      }
    }
  }

  @Test
  void everyReferenceLeadsSomewhereAndEveryOperationHasItsOwnName() {
    Set<String> names = new HashSet<>();
    document
        .findValues("operationId")
        .forEach(id -> assertThat(names.add(id.asString())).as(id.asString()).isTrue());
    document
        .findValues("$ref")
        .forEach(reference ->
            assertThat(at(reference.asString()).isMissingNode())
                .as(reference.asString())
                .isFalse());
  }

  @Test
  void everyRouteHasTheNameOfItsOperation() {
    for (Route route : TABLE.routes()) {
      assertThat(CONTRACT.operation(route))
          .isEqualTo(
              document
                  .path("paths")
                  .path(route.templates().getFirst())
                  .path(route.method().toLowerCase(Locale.ROOT))
                  .path("operationId")
                  .asString())
          .doesNotEndWith("Alias");
    }
    assertThat(CONTRACT.operation(Route.get("/nowhere", _ -> Reply.empty(204)))).isNull();
  }

  @Test
  void theGuideListsTheOperationsAndTheirScopes() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/REST.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        listed.add(row.group(1) + " " + row.group(2));
      }
    }
    Set<String> routed = new TreeSet<>();
    for (Route route : TABLE.routes()) {
      Scope scope = route.scope();
      routed.add(
          route.method()
              + " "
              + route.templates().getFirst()
              + " "
              + (scope == null ? "none" : "`" + scope.label() + "`"));
    }
    assertThat(listed).isEqualTo(routed);
  }

  @Test
  void theGuideListsTheCodesOfProblems() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/REST.md"))) {
      Matcher row = CODES.matcher(line);
      if (row.matches()) {
        CODE.matcher(row.group(2)).results().forEach(c -> listed.add(row.group(1) + c.group(1)));
      }
    }
    Set<String> known = new TreeSet<>();
    for (ProblemCode code : ProblemCode.values()) {
      known.add(code.status() + code.label());
    }
    assertThat(listed).isEqualTo(known);
  }

  @Test
  void problemsAreTheOnesInTheDocument() {
    JsonNode codes = at("#/components/schemas/ProblemCode").path("enum");
    assertThat(codes).hasSize(ProblemCode.values().length);
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(ProblemCode.of(code).status()).isBetween(400, 504);
    }
  }

  /// The routes are looked at and never run.
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T none() {
    return null;
  }

  private JsonNode at(String reference) {
    return document.at(reference.substring(1));
  }
}
