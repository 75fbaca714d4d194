package dev.aegis.gateway.telemetry;

import com.sun.management.ThreadMXBean;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.net.NetCounters;
import dev.aegis.gateway.router.Failure;
import dev.aegis.gateway.router.FanOutCounters;
import dev.aegis.gateway.router.GatewayCounters;
import dev.aegis.gateway.router.MovingOn;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.router.TopicCounters;
import dev.aegis.gateway.router.Transition;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import dev.aegis.store.Database;
import dev.aegis.store.Journal;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.TrailQueue;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/// The metrics of a gateway, in the Prometheus format. All but [StepHistograms] and [RestMetrics]
/// are read from counters that exist anyway, so a scrape costs the hot path nothing. Labels are
/// enums, or names of the OpenAPI document: their number is bounded. Thread-safe.
public final class GatewayMetrics implements AutoCloseable {
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry;
  private final JvmGcMetrics gc = new JvmGcMetrics();

  /// An empty registry for the metrics of a gateway.
  public static PrometheusMeterRegistry registry() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    ProcessMetrics.filter(registry);
    return registry;
  }

  /// @param registry may have meters already; it is closed with this
  public GatewayMetrics(
      PrometheusMeterRegistry registry,
      Sessions sessions,
      Dispatchers dispatchers,
      NetCounters net,
      Router router,
      MovingOn movingOn,
      Journal journal) {
    this.registry = registry;
    GatewayCounters counters = router.counters();
    gauge("aegis.sessions", "Agents connected now", sessions, Sessions::size);
    gauge(
        "aegis.journal.queued.bytes",
        "Bytes waiting for the journal",
        journal,
        j -> j.state().queuedBytes());
    gauge(
        "aegis.journal.lag.segments",
        "Segments committed but not yet projected",
        journal,
        j -> j.state().lagSegments());
    gauge(
        "aegis.journal.available",
        "1 while the journal can commit",
        journal,
        j -> j.state().available() ? 1 : 0);
    counter(
        "aegis.journal.commits",
        "Segments committed, each in a transaction",
        journal,
        j -> j.state().committedSegment());
    counter(
        "aegis.journal.row.transactions",
        "Transactions in which committed segments became rows",
        journal,
        j -> j.state().rowTransactions());
    counter(
        "aegis.journal.entries", "Entries committed", journal, j -> j.state().committedEntries());
    counter("aegis.journal.refused", "Entries refused", journal, j -> j.state().refusedEntries());
    counter("aegis.connections", "TCP connections accepted", net, n -> n.connections.sum());
    counter(
        "aegis.connections.refused",
        "TCP connections refused",
        net,
        n -> n.connectionsRefused.sum());
    counter("aegis.handshakes", "Handshakes completed", net, n -> n.handshakes.sum());
    counter("aegis.handshakes.failed", "Handshakes failed", net, n -> n.handshakeFailures.sum());
    counter("aegis.records.received", "Records received", net, n -> n.recordsIn.sum());
    counter("aegis.socket.reads", "Reads from agents' sockets", net, n -> n.reads.sum());
    counter("aegis.socket.flushes", "Flushes to agents' sockets", net, n -> n.flushes.sum());
    counter("aegis.records.sent", "Records sent", net, n -> n.recordsOut.sum());
    counter("aegis.records.received.bytes", "Bytes of records received", net, n -> n.bytesIn.sum());
    counter(
        "aegis.protocol.errors",
        "Connections ended for what the peer did",
        net,
        n -> n.protocolErrors.sum());
    counter(
        "aegis.internal.errors",
        "Connections ended by an error of our own",
        net,
        n -> n.internalErrors.sum());
    counter("aegis.windows", "Signing windows verified", counters, GatewayCounters::windows);
    counter(
        "aegis.reads.paused",
        "How often reading from an agent stopped for want of credit, a look-up or a reader of its"
            + " answers",
        counters,
        GatewayCounters::pausedReads);
    counter(
        "aegis.replies.lost",
        "Errors and receipts lost because their receiver's lanes were full or it does not read",
        counters,
        GatewayCounters::lostReplies);
    counter("aegis.mailbox.pages", "Pages of mailboxes read", counters, GatewayCounters::pages);
    counter(
        "aegis.windows.bad",
        "Signing windows that did not verify",
        counters,
        GatewayCounters::badWindows);
    topics(router, counters);
    gauge(
        "aegis.capability.candidates",
        "Agents that work may be given to by what they are able to do",
        router,
        r -> r.capabilities().size());
    gauge(
        "aegis.capability.parked",
        "Messages in pools of this node, for which nobody has been found or has room",
        movingOn,
        MovingOn::parked);
    counter(
        "aegis.capability.handed.out",
        "Messages given from a pool to an agent",
        router,
        Router::handedOut);
    for (Priority priority : Priority.values()) {
      for (Guarantee guarantee : Guarantee.values()) {
        FunctionCounter.builder(
                "aegis.messages.received", counters, c -> c.received(priority, guarantee))
            .description("Messages received, admitted or not")
            .tag("priority", priority.label())
            .tag("guarantee", guarantee.label())
            .register(registry);
      }
      Gauge.builder("aegis.lanes.depth", dispatchers, d -> depth(d, priority))
          .description("Messages waiting for their recipient's event loop")
          .tag("priority", priority.label())
          .strongReference(true)
          .register(registry);
    }
    for (ErrorCode code : ErrorCode.values()) {
      FunctionCounter.builder("aegis.messages.refused", counters, c -> c.refused(code))
          .description("Messages refused or dropped, by reason")
          .tag("reason", code.label())
          .register(registry);
    }
    for (Failure failure : Failure.values()) {
      for (ErrorCode code : ErrorCode.values()) {
        FunctionCounter.builder("aegis.message.failures", counters, c -> c.failed(failure, code))
            .description("Deliveries that failed, by what came of the message and why")
            .tag("outcome", failure.label())
            .tag("reason", code.label())
            .register(registry);
      }
    }
    for (Transition step : Transition.values()) {
      for (Priority priority : Priority.values()) {
        for (Guarantee guarantee : Guarantee.values()) {
          FunctionCounter.builder(
                  "aegis.messages.transitions",
                  counters,
                  c -> c.transitions(step, priority, guarantee))
              .description("Steps that messages made")
              .tag("transition", step.label())
              .tag("priority", priority.label())
              .tag("guarantee", guarantee.label())
              .register(registry);
        }
      }
    }
    gc.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    if (ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads) {
      counter(
          "aegis.allocated.bytes",
          "Bytes that threads have allocated on the heap",
          threads,
          ThreadMXBean::getTotalThreadAllocatedBytes);
    }
  }

  private void topics(Router router, GatewayCounters counters) {
    TopicCounters topics = counters.topics();
    gauge("aegis.subscriptions", "Subscriptions to topics", router, Router::subscriptions);
    gauge(
        "aegis.subscriptions.durable",
        "Those of them that outlive their session",
        router,
        Router::durableSubscriptions);
    for (Guarantee guarantee : Guarantee.values()) {
      FunctionCounter.builder("aegis.topics.published", topics, t -> t.published(guarantee))
          .description("Messages to topics that were admitted")
          .tag("guarantee", guarantee.label())
          .register(registry);
    }
    counter(
        "aegis.topics.unheard",
        "Messages to topics that nobody was subscribed to",
        topics,
        TopicCounters::unheard);
    counter(
        "aegis.topics.copies.stored",
        "Copies stored for subscribers, repeats included",
        topics,
        TopicCounters::stored);
    counter(
        "aegis.topics.copies.missed",
        "Copies not stored because the subscriber's mailbox was full",
        topics,
        TopicCounters::missed);
    fanOut("broadcast", counters.broadcasts());
    fanOut("topic", topics.live());
  }

  private void fanOut(String to, FanOutCounters copies) {
    FunctionCounter.builder("aegis.fanout.delivered", copies, FanOutCounters::delivered)
        .description("Best-effort copies of messages to many, handed to their recipient's session")
        .tag("to", to)
        .register(registry);
    FunctionCounter.builder("aegis.fanout.dropped", copies, FanOutCounters::dropped)
        .description("Best-effort copies of messages to many that found no room or came too late")
        .tag("to", to)
        .register(registry);
  }

  /// Adds those of the database and of the process.
  public void bind(
      Database database,
      Inventory inventory,
      String version,
      Instant started,
      Supplier<Instant> certificateEnd,
      Path dataDir) {
    DatabaseMetrics.bind(registry, database);
    registry.getPrometheusRegistry().register(inventory);
    ProcessMetrics.bind(registry, version, started, certificateEnd, dataDir);
  }

  /// Adds the bounds that were configured, so that alerts need not know them.
  public void bind(JournalSettings journal, long mailboxMessages) {
    gauge(
        "aegis.journal.lag.limit.segments",
        "At so many committed segments that are not projected no more messages are taken",
        journal,
        JournalSettings::maxLagSegments);
    gauge(
        "aegis.journal.queued.limit.bytes",
        "At so many bytes waiting for the journal no more messages are taken",
        journal,
        JournalSettings::queueBytes);
    gauge(
        "aegis.mailbox.limit.messages",
        "At so many unfinished messages a mailbox takes no more",
        mailboxMessages,
        Long::doubleValue);
  }

  /// Adds those of best-effort messages in the audit trail.
  public void bind(TrailQueue trail) {
    gauge(
        "aegis.audit.waiting",
        "Best-effort messages on their way into the audit trail",
        trail,
        TrailQueue::taken);
    counter(
        "aegis.audit.refused",
        "Best-effort messages refused because the audit trail had no room for them",
        trail,
        TrailQueue::refused);
  }

  public String scrape() {
    return registry.scrape();
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }

  private static double depth(Dispatchers dispatchers, Priority priority) {
    return dispatchers.all().stream().mapToLong(each -> each.depth(priority.wire())).sum();
  }

  private <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  private <T> void counter(String name, String description, T source, ToDoubleFunction<T> value) {
    FunctionCounter.builder(name, source, value).description(description).register(registry);
  }
}
