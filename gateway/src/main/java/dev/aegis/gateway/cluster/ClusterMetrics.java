package dev.aegis.gateway.cluster;

import dev.aegis.store.ClusterJournal;
import dev.aegis.store.fabric.FabricState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/// The metrics of a node of a cluster, read from what is counted anyway.
final class ClusterMetrics {
  private final MeterRegistry registry;
  private final ClusterJournal cluster;

  private ClusterMetrics(MeterRegistry registry, ClusterJournal cluster) {
    this.registry = registry;
    this.cluster = cluster;
  }

  static void bind(MeterRegistry registry, ClusterJournal cluster) {
    ClusterMetrics metrics = new ClusterMetrics(registry, cluster);
    metrics.members();
    metrics.mailboxes();
    metrics.fabric();
  }

  private void members() {
    gauge(
        "members", "Members that this node hears, itself included", c -> c.members().list().size());
    gauge(
        "silence.seconds",
        "How long the most silent member has been silent",
        c -> c.members().list().stream().mapToLong(m -> m.silentMillis()).max().orElse(0) / 1e3);
    gauge(
        "lease.seconds",
        "How much longer this node is sure of its mailboxes",
        c -> c.members().leaseMillis() / 1e3);
    counter(
        "takeovers", "Journals of others that this node took over", c -> c.members().takenOver());
  }

  private void mailboxes() {
    gauge("mailboxes", "Mailboxes at this node", ClusterJournal::mailboxesHere);
    counter("mailboxes.moved", "Mailboxes that this node let go of", ClusterJournal::released);
    gauge("logins.waiting", "Agents that wait for their mailbox", ClusterJournal::waitingLogins);
    gauge(
        "forwarding",
        "Entries on their way to owners of mailboxes at other nodes",
        ClusterJournal::forwarding);
  }

  private void fabric() {
    fabricGauge("up", "1 while the way through Redis works", s -> s.up() ? 1 : 0);
    fabricGauge(
        "breakers.open", "Redis servers that are not worth asking now", FabricState::openBreakers);
    fabricGauge(
        "queued.flights", "Flights that wait or are on their way", FabricState::queuedFlights);
    fabricGauge(
        "queued.bytes", "Bytes of flights that wait or are on their way", FabricState::queuedBytes);
    fabricGauge(
        "inbox.entries", "Entries in this node's inbox, seconds ago", FabricState::inboxEntries);
    fabricGauge(
        "topics.waiting.bytes",
        "Bytes published by others that wait here",
        FabricState::waitingTopicBytes);
    fabricGauge("claims", "Agents registered at this node", FabricState::claims);
    fabricGauge("channels", "Channels that this node hears", FabricState::subscriptions);
    fabricCounter("sent", "Flights sent, published ones included", FabricState::sentFlights);
    fabricCounter("received", "Flights received", FabricState::receivedFlights);
    fabricCounter("published", "Flights received of channels", FabricState::publishedFlights);
    refused("full", FabricState::full);
    refused("no-inbox", FabricState::noInbox);
    refused("unavailable", FabricState::unavailable);
    fabricCounter(
        "dropped", "Flights of channels that this node was too slow for", FabricState::dropped);
    fabricCounter("poison", "Entries that did not open", FabricState::poison);
    fabricCounter("replays", "Entries that came again", FabricState::replays);
    fabricCounter("reconnects", "Connections made again", FabricState::reconnects);
    fabricCounter("inboxes.lost", "How often the inbox had vanished", FabricState::inboxesLost);
    fabricCounter("announcements", "Registrations made again", FabricState::announcements);
    FunctionTimer.builder(
            "aegis.fabric.roundtrip",
            cluster,
            c -> c.fabric().state().roundTrips(),
            c -> c.fabric().state().roundTripNanos(),
            TimeUnit.NANOSECONDS)
        .description("From here to Redis and back, for an entry of flights")
        .register(registry);
  }

  private void refused(String reason, ToDoubleFunction<FabricState> value) {
    FunctionCounter.builder(
            "aegis.fabric.refused", cluster, c -> value.applyAsDouble(c.fabric().state()))
        .description("Flights that were not sent")
        .tag("reason", reason)
        .register(registry);
  }

  private void fabricGauge(String name, String text, ToDoubleFunction<FabricState> value) {
    Gauge.builder("aegis.fabric." + name, cluster, c -> value.applyAsDouble(c.fabric().state()))
        .description(text)
        .strongReference(true)
        .register(registry);
  }

  private void fabricCounter(String name, String text, ToDoubleFunction<FabricState> value) {
    FunctionCounter.builder(
            "aegis.fabric." + name, cluster, c -> value.applyAsDouble(c.fabric().state()))
        .description(text)
        .register(registry);
  }

  private void gauge(String name, String text, ToDoubleFunction<ClusterJournal> value) {
    Gauge.builder("aegis.cluster." + name, cluster, value)
        .description(text)
        .strongReference(true)
        .register(registry);
  }

  private void counter(String name, String text, ToDoubleFunction<ClusterJournal> value) {
    FunctionCounter.builder("aegis.cluster." + name, cluster, value)
        .description(text)
        .register(registry);
  }
}
