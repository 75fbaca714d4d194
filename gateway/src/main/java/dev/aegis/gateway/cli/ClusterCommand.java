package dev.aegis.gateway.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

@Command(
    name = "cluster",
    mixinStandardHelpOptions = true,
    description = "Prints the nodes of the running gateway's cluster, as it sees them.")
final class ClusterCommand implements Callable<Integer> {
  private static final String ROW = "%-8s %-24s %12s %10s %8s%s%n";

  @Mixin DataDirOption data = new DataDirOption();
  @Mixin JsonOption json = new JsonOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    String body = AdminClient.of(data.path()).get("/admin/cluster");
    PrintWriter out = spec.commandLine().getOut();
    json.print(out, body, cluster -> print(out, cluster));
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, JsonNode cluster) {
    if (!cluster.path("member").asBoolean()) {
      out.println("this gateway is alone: it was started without redis.url");
      return;
    }
    out.printf(ROW, "ID", "NODE", "SILENT MS", "MAILBOXES", "WANTED", "");
    for (JsonNode node : cluster.path("nodes")) {
      out.printf(
          ROW,
          node.path("id").asLong(),
          Plain.of(node.path("node").asString()),
          node.path("silentMillis").asLong(),
          node.path("mailboxes").asLong(),
          node.path("wanted").asLong(),
          node.path("self").asBoolean() ? "  this one" : "");
    }
    out.println();
    out.printf("mailboxes of nobody: %d%n", cluster.path("freeMailboxes").asLong());
    out.printf(
        "this node: %s, %d messages on their way to owners%n",
        cluster.path("ownsMailboxes").asBoolean()
            ? "sure of its mailboxes"
            : "not sure of its mailboxes, and delivers nothing durable",
        cluster.path("forwarding").asLong());
    out.printf(
        "lease: %d ms; logins waiting: %d; mailboxes moved: %d; journals taken over: %d%n",
        cluster.path("leaseMillis").asLong(),
        cluster.path("waitingLogins").asLong(),
        cluster.path("mailboxesMoved").asLong(),
        cluster.path("takenOver").asLong());
    out.println(redis(cluster.path("fabric")));
  }

  private static String redis(JsonNode fabric) {
    String state =
        "Redis: %s; sent %d, received %d, waiting %d"
            .formatted(
                fabric.path("up").asBoolean() ? "up" : "away",
                fabric.path("sent").asLong(),
                fabric.path("received").asLong(),
                fabric.path("queuedFlights").asLong());
    String error = fabric.path("lastError").asString();
    return error.isEmpty() ? state : state + "; last error: " + Plain.of(error);
  }
}
