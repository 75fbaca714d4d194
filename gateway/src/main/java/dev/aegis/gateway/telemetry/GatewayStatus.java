package dev.aegis.gateway.telemetry;

import dev.aegis.gateway.cluster.ClusterStatus;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.router.GatewayCounters;
import dev.aegis.gateway.router.MovingOn;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.router.Transition;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Database;
import dev.aegis.store.Journal;
import dev.aegis.store.JournalState;
import dev.aegis.store.MessageStore;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What `/status` shows and `/readyz` decides by. Thread-safe; reads the database, so not for event
/// loops.
public final class GatewayStatus {
  private final Map<String, Object> constants;
  private final Sessions sessions;
  private final Dispatchers dispatchers;
  private final Traffic traffic;
  private final Router router;
  private final MovingOn movingOn;
  private final GatewayCounters counters;
  private final Journal journal;
  private final MessageStore messages;
  private final Database database;
  private final ClusterStatus cluster;
  private final InstantSource clock;
  private final long startedAtMillis;
  private final Map<String, Supplier<?>> parts = new ConcurrentSkipListMap<>();
  private volatile boolean draining;

  /// @param constants what the gateway is made of: version, engine, providers, addresses
  public GatewayStatus(
      Map<String, Object> constants,
      Sessions sessions,
      Dispatchers dispatchers,
      Router router,
      MovingOn movingOn,
      StepHistograms times,
      Journal journal,
      MessageStore messages,
      Database database,
      ClusterStatus cluster,
      InstantSource clock) {
    this.constants = constants;
    this.sessions = sessions;
    this.dispatchers = dispatchers;
    this.router = router;
    this.movingOn = movingOn;
    this.counters = router.counters();
    this.traffic = new Traffic(counters, times, journal);
    this.journal = journal;
    this.messages = messages;
    this.database = database;
    this.cluster = cluster;
    this.clock = clock;
    this.startedAtMillis = clock.millis();
  }

  /// Shows a part of the gateway too.
  public void add(String name, Supplier<?> part) {
    parts.put(name, part);
  }

  /// Notes the counters, from which the rates come; once a second.
  ///
  /// @param nanos of a clock that never goes back
  public void sample(long nanos) {
    traffic.sample(nanos);
  }

  public void draining() {
    draining = true;
  }

  /// Why the gateway takes no work now, or null.
  public @Nullable String notReady() {
    if (draining) {
      return "draining";
    }
    if (!journal.state().available()) {
      return "the journal cannot commit";
    }
    return database.healthy() ? null : "the database does not answer";
  }

  public Map<String, Object> snapshot() {
    Map<String, Object> status = new LinkedHashMap<>();
    String reason = notReady();
    status.put("ready", reason == null);
    if (reason != null) {
      status.put("reason", reason);
    }
    status.putAll(constants);
    status.put("uptimeSeconds", (clock.millis() - startedAtMillis) / 1_000);
    status.put("sessions", sessions.size());
    status.put("subscriptions", router.subscriptions());
    status.put("durableSubscriptions", router.durableSubscriptions());
    Map<String, Long> capabilities = new LinkedHashMap<>();
    capabilities.put("candidates", (long) router.capabilities().size());
    capabilities.put("parked", movingOn.parked());
    capabilities.put("handedOut", router.handedOut());
    status.put("capabilities", capabilities);
    status.put("throughput", traffic.throughput());
    status.put("deliveryMillis", traffic.deliveryMillis());
    status.put("received", received());
    Map<String, Long> transitions = new LinkedHashMap<>();
    for (Transition step : Transition.values()) {
      transitions.put(step.label(), counters.transitions(step));
    }
    status.put("transitions", transitions);
    status.put("lanes", lanes());
    cluster.addTo(status);
    parts.forEach((name, part) -> status.put(name, part.get()));
    JournalState state = journal.state();
    Map<String, Object> journalStatus = new LinkedHashMap<>();
    journalStatus.put("available", state.available());
    journalStatus.put("queuedEntries", state.queuedEntries());
    journalStatus.put("queuedBytes", state.queuedBytes());
    journalStatus.put("committedSegment", state.committedSegment());
    journalStatus.put("lagSegments", state.lagSegments());
    journalStatus.put("committedEntries", state.committedEntries());
    journalStatus.put("refusedEntries", state.refusedEntries());
    traffic.addJournalTo(journalStatus);
    status.put("journal", journalStatus);
    if (reason == null) {
      Map<String, Long> depths = new LinkedHashMap<>();
      long[] open = messages.openByClass();
      for (Priority priority : Priority.values()) {
        depths.put(priority.label(), open[priority.wire()]);
      }
      status.put("queueDepth", depths);
    }
    return status;
  }

  private Map<String, Long> lanes() {
    Map<String, Long> depths = new LinkedHashMap<>();
    for (Priority priority : Priority.values()) {
      depths.put(
          priority.label(),
          dispatchers.all().stream().mapToLong(each -> each.depth(priority.wire())).sum());
    }
    return depths;
  }

  private Map<String, Object> received() {
    Map<String, Object> byClass = new LinkedHashMap<>();
    for (Priority priority : Priority.values()) {
      Map<String, Long> byGuarantee = new LinkedHashMap<>();
      for (Guarantee guarantee : Guarantee.values()) {
        byGuarantee.put(guarantee.label(), counters.received(priority, guarantee));
      }
      byClass.put(priority.label(), byGuarantee);
    }
    return byClass;
  }
}
