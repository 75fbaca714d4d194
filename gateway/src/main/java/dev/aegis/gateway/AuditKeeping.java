package dev.aegis.gateway;

import dev.aegis.crypto.SigningKey;
import dev.aegis.store.Database;
import dev.aegis.store.RetentionStore;
import dev.aegis.store.StoreException;
import dev.aegis.store.TrailPartitions;
import dev.aegis.store.TrailSigner;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is done for the audit trail beside writing it: it is signed for, its partitions are made
/// and dropped, and messages whose time is over are deleted. Where the database is away, later.
final class AuditKeeping implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditKeeping.class);
  private static final Duration MAINTAIN_EVERY = Duration.ofMinutes(1);

  private final Deque<Periodic> tasks = new ArrayDeque<>();

  private AuditKeeping() {}

  /// The first signature stands for what runs before this one have left.
  static AuditKeeping start(
      Database database,
      RetentionStore retention,
      SigningKey identity,
      Duration signEvery,
      InstantSource clock) {
    AuditKeeping keeping = new AuditKeeping();
    TrailSigner signer = new TrailSigner(database, identity, clock);
    TrailPartitions partitions = new TrailPartitions(database);
    keeping.tasks.push(
        Periodic.start("aegis-audit-sign", signEvery, () -> quietly("sign", signer::sign)));
    keeping.tasks.push(
        Periodic.start(
            "aegis-audit-keep",
            MAINTAIN_EVERY,
            () ->
                quietly(
                    "maintain",
                    () -> {
                      partitions.maintain(clock.millis());
                      purge(retention, clock);
                    })));
    return keeping;
  }

  /// Until there is nothing more, or it is time to look for other things.
  private static void purge(RetentionStore retention, InstantSource clock) {
    long began = System.nanoTime();
    while (retention.purge(clock.millis()) > 0
        && System.nanoTime() - began < MAINTAIN_EVERY.toNanos() / 2) {
      log.debug("more messages are over");
    }
  }

  private static void quietly(String what, Runnable task) {
    try {
      task.run();
    } catch (StoreException.Unavailable e) {
      log.debug("the audit trail: cannot {} for now", what, e);
    }
  }

  @Override
  public void close() {
    tasks.forEach(Periodic::close);
  }
}
