package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.telemetry.Exposition.Family;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// docs/ops/METRICS.md, made of what a gateway exposes.
final class MetricsDocument {
  private static final String HEAD =
      """
      # Metrics

      <!-- Made by: mvn -pl gateway -am verify -Dtest=None -Dit.test=MetricsIT -Daegis.metrics.write=true
           -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false -->

      `GET /metrics` of the management port, in the Prometheus text format. Alert rules and a dashboard that use them: [README.md](README.md).
      Counters (`_total`) count since the gateway started. A scrape costs what messages pass through nothing: it reads counters that are there anyway.

      **Queues, mailboxes, dead letters, agents and sizes** (`aegis_queue_depth`, `aegis_mailboxes_waiting`, `aegis_mailbox_depth`, `aegis_dead_letters`, `aegis_agents`,
      `aegis_journal_size_bytes`, `aegis_database_size_bytes`) are counted in the database every five seconds, and less often where counting takes long, so that it is never more than a twentieth of the time;
      `aegis_inventory_age_seconds` says when. While that does not work they are not there at all. All nodes of a cluster count the same: take `max`, not `sum`, over them.

      **Labels** have few values, below. The one exception is bounded too: `agent` is there for the ten fullest mailboxes at a time only. So ids of agents are in what whoever reaches
      the management port can read.

      **Messages**: the steps of a message are told in [ADMIN.md](../ADMIN.md#steps-of-a-message), the codes of refusals and failures in [PROTOCOL.md](../../PROTOCOL.md) section 11.
      Throughput is `rate(aegis_messages_received_total[1m])` and the like. The success of deliveries is the share of `transition="processed"` among `processed`, `failed`, `dead` and `expired` of
      `aegis_messages_transitions_total`.

      """;

  private static final String TAIL =
      """

      Depending on the collector the JVM also exposes `jvm_gc_concurrent_phase_time_seconds`.
      """;

  /// What comes and goes by itself.
  private static final Pattern FLEETING = Pattern.compile("jvm_gc_concurrent_phase_time_.*");

  /// More are not listed.
  private static final int FEW_VALUES = 16;

  private static final Map<String, Pattern> SECTIONS = new LinkedHashMap<>();

  static {
    section("Messages", "aegis_(message|messages|lanes|replies|reads|windows)_.*");
    section(
        "Queues and agents", "aegis_(queue|mailbox|mailboxes|dead|agents|inventory|sessions).*");
    section("Topics and broadcasts", "aegis_(topics|subscriptions|fanout).*");
    section("Capabilities and webhooks", "aegis_(capability|webhooks)_.*");
    section("REST", "aegis_rest_.*");
    section("Database, journal and audit trail", "aegis_(database|journal|audit)_.*");
    section(
        "Connections", "aegis_(connections|handshakes|records|socket|protocol|internal|tls)_.*");
    section("Only in a cluster", "aegis_(cluster|fabric)_.*");
    section("Process", "(aegis_(build|start|allocated)|jvm|process|system|disk)_.*");
  }

  private MetricsDocument() {}

  private static void section(String title, String names) {
    SECTIONS.put(title, Pattern.compile(names));
  }

  static String render(Exposition exposed) {
    StringBuilder text = new StringBuilder(HEAD);
    text.append("| label | values |\n|---|---|\n");
    exposed
        .labels()
        .forEach((name, values) ->
            text.append("| `")
                .append(name)
                .append("` | ")
                .append(values(name, values))
                .append(" |\n"));
    Set<String> left = new TreeSet<>(exposed.families().keySet());
    left.removeIf(name -> FLEETING.matcher(name).matches());
    SECTIONS.forEach((title, names) -> {
      List<Family> families =
          exposed.families().values().stream()
              .filter(family -> left.contains(family.name()))
              .filter(family -> names.matcher(family.name()).matches())
              .toList();
      families.forEach(family -> left.remove(family.name()));
      text.append("\n## ").append(title).append("\n\n| metric | type | labels | what it says |\n");
      text.append("|---|---|---|---|\n");
      families.forEach(family -> text.append(row(family)));
    });
    if (!left.isEmpty()) {
      throw new AssertionError("metrics that no section has: " + left);
    }
    return text.append(TAIL).toString();
  }

  private static String values(String label, Set<String> values) {
    return switch (label) {
      case "agent" -> "ids of agents, ten at a time";
      case "version" -> "of the gateway";
      case "path" -> "the data directory";
      case "reason" -> "codes of PROTOCOL.md section 11; of the fabric full, no-inbox, unavailable";
      case "operation" ->
          "operationIds of the OpenAPI document once they were called, and `unknown`";
      case "le" -> "bounds of histograms, in seconds";
      case "id", "cause", "action", "gc", "area" -> "as the JVM names its memory and collectors";
      default -> {
        if (values.size() > FEW_VALUES) {
          throw new AssertionError(label + " has " + values.size() + " values: describe it");
        }
        yield "`" + String.join("`, `", values) + "`";
      }
    };
  }

  private static String row(Family family) {
    if (family.help().isBlank()) {
      throw new AssertionError(family.name() + " has no description");
    }
    return "| `%s` | %s | %s | %s |%n"
        .formatted(
            family.name(),
            family.type(),
            family.labels().isEmpty() ? "" : "`" + String.join("`, `", family.labels()) + "`",
            family.help().replace("|", "\\|"))
        .replace("\r", "");
  }
}
