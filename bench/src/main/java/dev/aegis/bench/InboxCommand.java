package dev.aegis.bench;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.bench.report.Table;
import dev.aegis.bench.server.Directories;
import dev.aegis.store.EmbeddedRedis;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "inbox",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the way from node to node through Redis, beside the limit of the same Redis.",
      "",
      "An entry a message by plain Lettuce; the fabric, sealed and coalesced; plain Lettuce with"
          + " entries as large as the fabric's."
    })
final class InboxCommand implements Callable<Integer> {
  @Option(
      names = "--seconds",
      defaultValue = "20",
      description = "How long each of the three is measured (default: ${DEFAULT-VALUE}).")
  long seconds;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Bytes of a message (default: ${DEFAULT-VALUE}).")
  int size;

  @Option(
      names = "--redis-url",
      description =
          "A Redis to measure on, redis://[user:password@]host[:port]; without it, one"
              + " that is started for this.")
  @Nullable String redisUrl;

  @Mixin FiguresOutput output = new FiguresOutput();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Figures figures =
        new Figures()
            .put("kind", "inbox")
            .number("messageBytes", size)
            .number("seconds", (double) seconds);
    String url = redisUrl;
    if (url != null) {
      measure(url, figures);
    } else {
      Path home = Directories.temporary("inbox");
      try (EmbeddedRedis server =
          EmbeddedRedis.start(home.resolve("data"), home.resolve("binaries"))) {
        measure(server.url(), figures);
      } finally {
        Directories.delete(home);
      }
    }
    print(figures);
    return 0;
  }

  private void measure(String url, Figures figures) throws InterruptedException {
    InboxRun run = new InboxRun(url, size, seconds, figures);
    output.say("an entry a message by plain Lettuce …");
    run.raw();
    output.say("the fabric …");
    run.fabric();
    output.say("plain Lettuce with entries of that size …");
    run.rawCoalesced();
  }

  private void print(Figures figures) {
    Table table =
        new Table()
            .row("what", "messages/s", "entries/s", "messages an entry", "of the limit")
            .row(
                "plain Lettuce, an entry a message: the limit",
                figures.text("rawMessagesPerSecond"),
                figures.text("rawMessagesPerSecond"),
                "1",
                "1")
            .row(
                "fabric, sealed",
                figures.text("fabricMessagesPerSecond"),
                figures.text("fabricEntriesPerSecond"),
                figures.text("fabricMessagesPerEntry"),
                figures.text("fabricOfRaw"))
            .row(
                "plain Lettuce, entries of the fabric's size",
                figures.text("coalescedMessagesPerSecond"),
                figures.text("coalescedEntriesPerSecond"),
                figures.text("coalescedMessagesPerEntry"),
                figures.text("coalescedOfRaw"));
    output.print(figures, table);
  }
}
