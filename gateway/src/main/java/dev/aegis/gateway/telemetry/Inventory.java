package dev.aegis.gateway.telemetry;

import dev.aegis.protocol.Priority;
import dev.aegis.store.AgentCount;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.Holdings;
import dev.aegis.store.LiveState;
import dev.aegis.store.StoreException;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the database holds and whether it answers, as gauges. It is counted by [#tick] and not by a
/// scrape, and the longer it takes the less often: at most a twentieth of the time is spent on it.
/// Where the last count failed there are no gauges of it, since old ones would hide that. Agents
/// have a label only as long as their mailbox is one of the [Holdings#DEEPEST]. Thread-safe.
public final class Inventory implements MultiCollector {
  private static final Logger log = LoggerFactory.getLogger(Inventory.class);
  private static final int SHARE = 20;

  /// What was not looked at for so long counts as down: whoever looks hangs.
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final BooleanSupplier healthy;
  private final Supplier<Holdings> holdings;
  private final Supplier<List<AgentCount>> agents;
  private final LongSupplier nanoTime;
  private volatile Look look;
  private volatile @Nullable Counted counted;
  private boolean failing;
  private long dueNanos;

  private record Look(boolean up, long tookNanos, long atNanos) {}

  private record Counted(Holdings holdings, List<AgentCount> agents, long atNanos) {}

  /// @param healthy whether the database answers; it and the others may block
  public Inventory(
      BooleanSupplier healthy,
      Supplier<Holdings> holdings,
      Supplier<List<AgentCount>> agents,
      LongSupplier nanoTime) {
    this.healthy = healthy;
    this.holdings = holdings;
    this.agents = agents;
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    this.look = new Look(true, 0, now); // it was opened a moment ago
    this.dueNanos = now;
  }

  /// Looks whether the database answers, and counts if that is due. Every few seconds, on one
  /// thread; blocks.
  public void tick() {
    long began = nanoTime.getAsLong();
    boolean up = healthy.getAsBoolean();
    long looked = nanoTime.getAsLong();
    look = new Look(up, looked - began, looked);
    if (!up) {
      counted = null;
    } else if (looked - dueNanos >= 0) {
      count(looked);
    }
  }

  private void count(long began) {
    try {
      Holdings stored = holdings.get();
      List<AgentCount> registered = agents.get();
      counted = new Counted(stored, registered, nanoTime.getAsLong());
      if (failing) {
        failing = false;
        log.info("what is stored is counted again");
      }
    } catch (StoreException e) {
      counted = null;
      if (!failing) {
        failing = true;
        log.warn("what is stored cannot be counted, and has no metrics: {}", e.getMessage());
      }
    }
    long now = nanoTime.getAsLong();
    dueNanos = now + SHARE * (now - began);
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    Look last = look;
    long now = nanoTime.getAsLong();
    boolean up = last.up && now - last.atNanos < LOOK_NANOS;
    all.metricSnapshot(
        gauge("aegis_database_up", "1 while the database answers and is this gateway's")
            .dataPoint(point(up ? 1 : 0))
            .build());
    all.metricSnapshot(
        gauge("aegis_database_answer_seconds", "How long the last look at the database took")
            .dataPoint(seconds(last.tookNanos))
            .build());
    Counted found = counted;
    if (found != null) {
      all.metricSnapshot(
          gauge(
                  "aegis_inventory_age_seconds",
                  "How old the counts of queues, mailboxes, dead letters, agents and sizes are")
              .dataPoint(seconds(now - found.atNanos))
              .build());
      addStored(all, found.holdings);
      addAgents(all, found.agents);
    }
    return all.build();
  }

  private static void addStored(MetricSnapshots.Builder all, Holdings stored) {
    GaugeSnapshot.Builder depth =
        gauge("aegis_queue_depth", "Stored messages that are not finished, in all mailboxes");
    for (Priority priority : Priority.values()) {
      depth.dataPoint(
          point(stored.openByClass().get(priority.wire()), "priority", priority.label()));
    }
    all.metricSnapshot(depth.build());
    GaugeSnapshot.Builder waiting =
        gauge("aegis_mailboxes_waiting", "Mailboxes with at least so many unfinished messages");
    for (int i = 0; i < Holdings.STEPS.size(); i++) {
      waiting.dataPoint(
          point(stored.mailboxesFrom().get(i), "least", Holdings.STEPS.get(i).toString()));
    }
    all.metricSnapshot(waiting.build());
    GaugeSnapshot.Builder deepest =
        gauge(
            "aegis_mailbox_depth",
            "Unfinished messages of the "
                + Holdings.DEEPEST
                + " mailboxes that have most of them; of no others");
    stored
        .deepest()
        .forEach(mailbox -> deepest.dataPoint(point(mailbox.messages(), "agent", mailbox.agent())));
    all.metricSnapshot(deepest.build());
    all.metricSnapshot(
        gauge("aegis_dead_letters", "Messages that were given up and not yet settled by an admin")
            .dataPoint(point(stored.deadLetters()))
            .build());
    all.metricSnapshot(
        gauge("aegis_journal_size_bytes", "What the journal's table takes on the database's disk")
            .dataPoint(point(stored.journalBytes()))
            .build());
    all.metricSnapshot(
        gauge("aegis_database_size_bytes", "What the whole database takes on its disk")
            .dataPoint(point(stored.databaseBytes()))
            .build());
  }

  private static void addAgents(MetricSnapshots.Builder all, List<AgentCount> agents) {
    GaugeSnapshot.Builder gauge =
        gauge(
            "aegis_agents",
            "Registered agents, by what they are ready for and whether they are there");
    for (AgentStatus status : AgentStatus.values()) {
      for (LiveState state : LiveState.values()) {
        long count =
            agents.stream()
                .filter(each -> each.status() == status && each.state() == state)
                .mapToLong(AgentCount::agents)
                .sum();
        gauge.dataPoint(point(count, "state", state.text(), "status", status.text()));
      }
    }
    all.metricSnapshot(gauge.build());
  }

  private static GaugeSnapshot.Builder gauge(String name, String help) {
    return GaugeSnapshot.builder().name(name).help(help);
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot seconds(long nanos) {
    return GaugeSnapshot.GaugeDataPointSnapshot.builder().value(nanos / 1e9).build();
  }

  private static GaugeSnapshot.GaugeDataPointSnapshot point(long value, String... labels) {
    return GaugeSnapshot.GaugeDataPointSnapshot.builder()
        .value((double) value)
        .labels(Labels.of(labels))
        .build();
  }
}
