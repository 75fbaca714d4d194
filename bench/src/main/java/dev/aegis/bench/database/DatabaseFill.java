package dev.aegis.bench.database;

import dev.aegis.bench.report.Figures;
import dev.aegis.bench.report.FiguresOutput;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.store.AgentStore;
import dev.aegis.store.Database;
import dev.aegis.store.EmbeddedPostgres;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.MessageLoad;
import dev.aegis.store.StatisticsRollup;
import dev.aegis.store.StorageKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Fills the data directory of a gateway that has not run yet: keys, agents, messages sealed with
/// those keys, statistics. Messages are made while those before are written.
final class DatabaseFill {
  private static final int BATCH = 10_000;
  private static final int FOLD_EVERY = 100;
  private static final Duration KEPT = Duration.ofDays(3_650);

  /// Settings, as variables, of a gateway that keeps what was filled in.
  static final Map<String, String> KEEPING =
      Map.of(
          "AEGIS_STATISTICS_KEEP_HOURS", KEPT.toDays() + "d",
          "AEGIS_STATISTICS_KEEP_DAYS", KEPT.toDays() + "d");

  private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final MessageMix mix;
  private final long messages;
  private final int agents;
  private final FiguresOutput output;
  private final Figures figures;

  DatabaseFill(MessageMix mix, long messages, int agents, FiguresOutput output, Figures figures) {
    this.mix = mix;
    this.messages = messages;
    this.agents = agents;
    this.output = output;
    this.figures = figures;
  }

  void run(Path dataDir) throws IOException {
    SecureRandom random = new SecureRandom();
    try (DataDirectory data = DataDirectory.open(dataDir, random);
        EmbeddedPostgres server = EmbeddedPostgres.start(dataDir.resolve("postgres"));
        Database database = Database.open(server.database("aegis"))) {
      StorageCipher cipher = data.storageCipher();
      StorageKey.check(database, cipher);
      AgentStore registry = new AgentStore(database, InstantSource.system(), random);
      for (int i = 0; i < agents; i++) {
        registry.add(MessageMix.agent(i), "default", null);
      }
      MessageLoad load = new MessageLoad(database, cipher);
      StatisticsRollup rollup = new StatisticsRollup(database, KEPT, KEPT, InstantSource.system());
      List<String> indexes = load.dropIndexes();
      long began = System.nanoTime();
      write(load, rollup);
      long written = System.nanoTime();
      output.say("adding up what is left, making indexes …");
      rollup.foldAll();
      load.finish(indexes);
      long done = System.nanoTime();
      figures
          .number("writeSeconds", (written - began) / 1e9)
          .number("writeMessagesPerSecond", messages * 1e9 / (written - began))
          .number("indexSeconds", (done - written) / 1e9);
    }
  }

  private void write(MessageLoad load, StatisticsRollup rollup) {
    long began = System.nanoTime();
    long told = began;
    long batches = 0;
    CompletableFuture<List<JournalEntry>> next = make(load);
    List<JournalEntry> batch = next.join();
    while (!batch.isEmpty()) {
      next = make(load);
      load.write(batch);
      if (++batches % FOLD_EVERY == 0) {
        rollup.foldAll();
      }
      long now = System.nanoTime();
      if (now - told > TELL_NANOS) {
        told = now;
        long done = Math.min(messages, batches * BATCH);
        output.say(
            "%,d of %,d messages, %,.0f a second"
                .formatted(done, messages, done * 1e9 / (now - began)));
      }
      batch = next.join();
    }
  }

  private CompletableFuture<List<JournalEntry>> make(MessageLoad load) {
    return CompletableFuture.supplyAsync(() -> mix.next(BATCH, load::place));
  }
}
