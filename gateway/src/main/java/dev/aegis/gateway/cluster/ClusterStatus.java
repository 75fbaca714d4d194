package dev.aegis.gateway.cluster;

import dev.aegis.store.ClusterJournal;
import dev.aegis.store.MailboxClaims;
import dev.aegis.store.Members;
import dev.aegis.store.fabric.FabricState;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a gateway shows of its cluster. Thread-safe.
public final class ClusterStatus {
  /// A gateway alone.
  static final ClusterStatus ALONE = new ClusterStatus(null);

  private static final MailboxClaims.Owned NONE = new MailboxClaims.Owned(0, 0);

  private final @Nullable ClusterJournal journal;

  private ClusterStatus(@Nullable ClusterJournal journal) {
    this.journal = journal;
  }

  static ClusterStatus of(ClusterJournal journal) {
    return new ClusterStatus(journal);
  }

  /// Adds what `/status` has of it: of a gateway alone, nothing. Does not ask the database.
  public void addTo(Map<String, Object> status) {
    ClusterJournal cluster = journal;
    if (cluster != null) {
      status.put("nodes", cluster.members().list().stream().map(ClusterStatus::node).toList());
      addWays(status, cluster);
    }
  }

  /// Likewise, with how many mailboxes each node owns. Blocks.
  ///
  /// @throws dev.aegis.store.StoreException the database cannot tell
  public Map<String, Object> full() {
    Map<String, Object> shown = new LinkedHashMap<>();
    ClusterJournal cluster = journal;
    shown.put("member", cluster != null);
    if (cluster == null) {
      return shown;
    }
    Map<Long, MailboxClaims.Owned> owned = cluster.owned();
    List<Map<String, Object>> nodes = new ArrayList<>();
    for (Members.Member member : cluster.members().list()) {
      MailboxClaims.Owned here = owned.getOrDefault(member.journal(), NONE);
      owned.remove(member.journal());
      Map<String, Object> node = node(member);
      node.put("mailboxes", here.mailboxes());
      node.put("wanted", here.wanted());
      nodes.add(node);
    }
    shown.put("nodes", nodes);
    shown.put(
        "freeMailboxes", owned.values().stream().mapToLong(MailboxClaims.Owned::mailboxes).sum());
    addWays(shown, cluster);
    return shown;
  }

  /// Adds what `/metrics` has of it: of a gateway alone, nothing. Labels have few values, and none
  /// is the name of a node.
  public void bindTo(MeterRegistry registry) {
    ClusterJournal cluster = journal;
    if (cluster != null) {
      ClusterMetrics.bind(registry, cluster);
    }
  }

  private static Map<String, Object> node(Members.Member member) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("id", member.journal());
    node.put("node", member.node());
    node.put("self", member.self());
    node.put("silentMillis", member.silentMillis());
    return node;
  }

  private static void addWays(Map<String, Object> shown, ClusterJournal cluster) {
    shown.put("ownsMailboxes", cluster.members().holdsLease());
    shown.put("leaseMillis", cluster.members().leaseMillis());
    shown.put("takenOver", cluster.members().takenOver());
    shown.put("mailboxesHere", cluster.mailboxesHere());
    shown.put("mailboxesMoved", cluster.released());
    shown.put("waitingLogins", cluster.waitingLogins());
    shown.put("forwarding", cluster.forwarding());
    FabricState state = cluster.fabric().state();
    Map<String, Object> fabric = new LinkedHashMap<>();
    fabric.put("up", state.up());
    fabric.put("queuedFlights", state.queuedFlights());
    fabric.put("queuedBytes", state.queuedBytes());
    fabric.put("sent", state.sentFlights());
    fabric.put("received", state.receivedFlights());
    fabric.put("inboxEntries", state.inboxEntries());
    fabric.put("openBreakers", state.openBreakers());
    fabric.put(
        "roundTripMicros",
        state.roundTrips() == 0 ? 0 : state.roundTripNanos() / state.roundTrips() / 1_000);
    fabric.put("full", state.full());
    fabric.put("noInbox", state.noInbox());
    fabric.put("unavailable", state.unavailable());
    fabric.put("dropped", state.dropped());
    fabric.put("poison", state.poison());
    fabric.put("replays", state.replays());
    fabric.put("inboxesLost", state.inboxesLost());
    fabric.put("reconnects", state.reconnects());
    fabric.put("lastError", state.lastError());
    shown.put("fabric", fabric);
  }
}
