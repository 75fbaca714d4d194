package dev.aegis.gateway.cluster;

import dev.aegis.gateway.admission.SharedUsage;
import dev.aegis.gateway.router.OtherNodes;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.Journal;
import dev.aegis.store.PostgresJournal;
import java.util.function.BiConsumer;

/// What a gateway is in its cluster, or that it is alone.
///
/// @param journal takes entries for any mailbox
/// @param here has the mailboxes of this node
public record Node(
    Journal journal,
    PostgresJournal here,
    OtherNodes others,
    TopicFabric topics,
    ClusterStatus status,
    BiConsumer<Router, Sessions> opened,
    Runnable closed)
    implements AutoCloseable {
  /// A gateway alone.
  public static Node alone(PostgresJournal journal) {
    return new Node(
        journal,
        journal,
        OtherNodes.NONE,
        TopicFabric.NONE,
        ClusterStatus.ALONE,
        (_, _) -> {},
        () -> {});
  }

  /// A node of a cluster.
  ///
  /// @param used what the nodes tell each other of rates and quotas
  /// @param agents says who was shut out
  public static Node member(
      ClusterJournal journal, NodeInbox inbox, SharedUsage used, AgentStore agents) {
    Neighbours neighbours = new Neighbours(journal, used);
    return new Node(
        journal,
        journal.here(),
        neighbours,
        neighbours,
        ClusterStatus.of(journal),
        (router, sessions) -> {
          inbox.open(router, sessions, neighbours);
          neighbours.open(router, sessions, agents);
        },
        neighbours::close);
  }

  /// The gateway is there: from now on it hears the others.
  public void open(Router router, Sessions sessions) {
    opened.accept(router, sessions);
  }

  /// The others are told nothing more; the journal stays open.
  @Override
  public void close() {
    closed.run();
  }
}
