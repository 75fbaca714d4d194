package dev.aegis.gateway.cluster;

import dev.aegis.gateway.admission.SharedUsage;
import dev.aegis.gateway.router.OtherNodes;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.gateway.topics.Subscription;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicPattern;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.Holder;
import dev.aegis.store.fabric.SendResult;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The other nodes, over the journal and the fabric of a cluster. Thread-safe.
public final class Neighbours implements OtherNodes, TopicFabric, AutoCloseable {
  /// What concerns every node.
  static final String ALL = "all";

  /// Agents shut out within a minute; who is beyond it is told by the fabric alone.
  private static final int MOST_REVOKED = 10_000;

  private static final String TOPICS_OF = "topics:";
  private static final long LONGEST_WAIT_MILLIS = 2_000;

  private final ClusterJournal journal;
  private final Fabric fabric;
  private final Whereabouts whereabouts;
  private final QueueGroups groups;
  private final UsageExchange usage;
  private @Nullable Rereads rereads;

  /// Organizations with patterns of this node. Guarded by itself.
  private final Map<String, Heard> patterns = new HashMap<>();

  /// @param patterns how many
  /// @param subscribed completes once their channel is subscribed to
  private record Heard(int patterns, CompletableFuture<?> subscribed) {}

  public Neighbours(ClusterJournal journal, SharedUsage used) {
    this.journal = journal;
    this.fabric = journal.fabric();
    this.whereabouts = new Whereabouts(fabric, System::nanoTime);
    this.groups = new QueueGroups(fabric);
    this.usage = new UsageExchange(fabric, used, () -> journal.members().list().size());
    fabric.subscribe(ALL);
  }

  Fabric fabric() {
    return fabric;
  }

  QueueGroups groups() {
    return groups;
  }

  UsageExchange usage() {
    return usage;
  }

  /// The gateway is there: what the others tell and is lost on the way is read from the database.
  synchronized void open(Router router, Sessions sessions, AgentStore agents) {
    rereads =
        new Rereads(
            fabric,
            millis -> agents.revokedWithin(millis, MOST_REVOKED),
            agent -> {
              router.forgetAgent(agent);
              sessions.revoke(agent);
            },
            router::reloadSubscriptions);
  }

  @Override
  public CompletionStage<Long> own(String agent) {
    return journal.own(agent);
  }

  @Override
  public CompletionStage<Long> keep(String agent) {
    return journal.keep(agent);
  }

  @Override
  public boolean owns() {
    return journal.members().holdsLease();
  }

  @Override
  public void connected(String agent, long login) {
    fabric.claim(agent, login);
    groups.connected(agent);
  }

  @Override
  public void disconnected(String agent, long login) {
    fabric.release(agent, login);
    groups.disconnected(agent);
  }

  @Override
  public void bestEffort(
      String organization,
      String recipient,
      RoutingHeader header,
      byte[] delivery,
      Consumer<Passed> result) {
    NodeFrame frame =
        header.to().equals(recipient)
            ? new NodeFrame.ToAgent(organization, delivery)
            : new NodeFrame.ToChosen(recipient, organization, delivery);
    whereabouts
        .find(recipient)
        .thenAccept(holder -> {
          if (holder.isEmpty() || isHere(holder.get())) {
            result.accept(Passed.OFFLINE);
          } else {
            send(holder.get(), recipient, header.priority(), frame, result);
          }
        });
  }

  private boolean isHere(Holder holder) {
    return holder.node() == fabric.node().id();
  }

  private void send(
      Holder holder,
      String recipient,
      Priority priority,
      NodeFrame frame,
      Consumer<Passed> result) {
    fabric
        .send(holder.node(), priority, frame.encode())
        .whenComplete((sent, failure) -> {
          Passed passed = failure == null ? passed(sent) : Passed.OFFLINE;
          if (passed == Passed.OFFLINE) {
            whereabouts.forget(recipient);
          }
          result.accept(passed);
        });
  }

  private static Passed passed(SendResult result) {
    return switch (result) {
      case SENT -> Passed.SENT;
      case FULL -> Passed.FULL;
      case NO_INBOX, UNAVAILABLE -> Passed.OFFLINE;
    };
  }

  @Override
  public void tell(String agent, Control envelope) {
    byte[] frame = new NodeFrame.Answer(agent, EnvelopeCodec.encode(envelope)).encode();
    whereabouts
        .find(agent)
        .thenAccept(holder ->
            holder
                .filter(found -> !isHere(found))
                .ifPresent(found -> fabric.send(found.node(), Priority.CRITICAL, frame)));
  }

  @Override
  public void pass(String organization, String to, Control envelope, Runnable unsent) {
    byte[] frame = new NodeFrame.Control(to, organization, EnvelopeCodec.encode(envelope)).encode();
    whereabouts
        .find(to)
        .thenAccept(holder -> {
          Optional<Holder> there = holder.filter(found -> !isHere(found));
          if (there.isEmpty()) {
            unsent.run();
          } else {
            fabric
                .send(there.get().node(), Priority.CRITICAL, frame)
                .thenAccept(result -> {
                  if (result != SendResult.SENT) {
                    unsent.run();
                  }
                });
          }
        });
  }

  @Override
  public void broadcast(String organization, RoutingHeader header, byte[] delivery) {
    fabric.publish(ALL, new NodeFrame.Broadcast(organization, delivery).encode());
  }

  @Override
  public void adopt(Collection<String> recipients) {
    journal.adopt(recipients);
  }

  @Override
  public void agentChanged(String agent) {
    fabric.publish(ALL, new NodeFrame.AgentChanged(agent).encode());
  }

  @Override
  public void subscriptionsChanged(String agent) {
    fabric.publish(ALL, new NodeFrame.SubscriptionsChanged(agent).encode());
  }

  @Override
  public void registryChanged(byte[] event) {
    fabric.publish(ALL, new NodeFrame.RegistryChanged(event).encode());
  }

  @Override
  public void subscribed(String organization, TopicPattern pattern) {
    synchronized (patterns) {
      Heard heard = patterns.get(organization);
      if (heard == null) {
        CompletableFuture<?> subscribed = subscribe(TOPICS_OF + organization);
        subscribed.thenRun(() -> groups.hears(organization));
        patterns.put(organization, new Heard(1, subscribed));
      } else {
        patterns.put(organization, new Heard(heard.patterns + 1, heard.subscribed));
      }
    }
  }

  @Override
  public void unsubscribed(String organization, TopicPattern pattern) {
    synchronized (patterns) {
      Heard heard = patterns.get(organization);
      if (heard == null) {
        return;
      }
      if (heard.patterns == 1) {
        patterns.remove(organization);
        groups.hearsNoMore(organization);
        fabric.unsubscribe(TOPICS_OF + organization);
      } else {
        patterns.put(organization, new Heard(heard.patterns - 1, heard.subscribed));
      }
    }
  }

  private CompletableFuture<?> subscribe(String channel) {
    return fabric
        .subscribe(channel)
        .toCompletableFuture()
        .copy()
        .completeOnTimeout(false, LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS)
        .exceptionally(_ -> false);
  }

  @Override
  public CompletableFuture<?> heard(String organization) {
    synchronized (patterns) {
      Heard heard = patterns.get(organization);
      return heard == null ? CompletableFuture.completedFuture(false) : heard.subscribed;
    }
  }

  @Override
  public void joined(Subscription subscription) {
    groups.joined(subscription);
  }

  @Override
  public void left(Subscription subscription) {
    groups.left(subscription);
  }

  @Override
  public void membersElsewhere(String organization, String topic, Consumer<MemberElsewhere> into) {
    groups.members(organization, topic, into);
  }

  @Override
  public void published(
      String organization,
      RoutingHeader header,
      byte[] buffer,
      int offset,
      Map<String, Long> turns,
      boolean onlyTurns) {
    byte[] envelope = Arrays.copyOfRange(buffer, offset, offset + header.encodedBytes());
    fabric.publish(
        TOPICS_OF + organization,
        new NodeFrame.ToTopic(organization, turns, onlyTurns, envelope).encode());
  }

  @Override
  public synchronized void close() {
    groups.close();
    usage.close();
    if (rereads != null) {
      rereads.close();
    }
  }
}
