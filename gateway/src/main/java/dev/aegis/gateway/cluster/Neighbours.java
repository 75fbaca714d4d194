package dev.aegis.gateway.cluster;

import dev.aegis.gateway.router.OtherNodes;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicPattern;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.Holder;
import dev.aegis.store.fabric.SendResult;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// The other nodes, over the journal and the fabric of a cluster. Thread-safe.
public final class Neighbours implements OtherNodes, TopicFabric {
  /// What concerns every node.
  static final String ALL = "all";

  private static final String TOPICS_OF = "topics:";

  private final ClusterJournal journal;
  private final Fabric fabric;
  private final Whereabouts whereabouts;

  /// How many patterns of this node there are in an organization. Guarded by itself.
  private final Map<String, Integer> patterns = new HashMap<>();

  public Neighbours(ClusterJournal journal) {
    this.journal = journal;
    this.fabric = journal.fabric();
    this.whereabouts = new Whereabouts(fabric, System::nanoTime);
    fabric.subscribe(ALL);
  }

  @Override
  public CompletionStage<Long> own(String agent) {
    return journal.own(agent);
  }

  @Override
  public boolean owns() {
    return journal.members().holdsLease();
  }

  @Override
  public void connected(String agent, long login) {
    fabric.claim(agent, login);
  }

  @Override
  public void disconnected(String agent, long login) {
    fabric.release(agent, login);
  }

  @Override
  public void bestEffort(
      String organization, RoutingHeader header, byte[] delivery, Consumer<Passed> result) {
    whereabouts
        .find(header.to())
        .thenAccept(holder -> {
          if (holder.isEmpty() || isHere(holder.get())) {
            result.accept(Passed.OFFLINE);
          } else {
            send(holder.get(), header, organization, delivery, result);
          }
        });
  }

  private boolean isHere(Holder holder) {
    return holder.node() == fabric.node().id();
  }

  private void send(
      Holder holder,
      RoutingHeader header,
      String organization,
      byte[] delivery,
      Consumer<Passed> result) {
    fabric
        .send(
            holder.node(),
            header.priority(),
            new NodeFrame.ToAgent(organization, delivery).encode())
        .whenComplete((sent, failure) -> {
          Passed passed = failure == null ? passed(sent) : Passed.OFFLINE;
          if (passed == Passed.OFFLINE) {
            whereabouts.forget(header.to());
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
      if (patterns.merge(organization, 1, Integer::sum) == 1) {
        fabric.subscribe(TOPICS_OF + organization);
      }
    }
  }

  @Override
  public void unsubscribed(String organization, TopicPattern pattern) {
    synchronized (patterns) {
      Integer left = patterns.merge(organization, -1, Integer::sum);
      if (left == 0) {
        patterns.remove(organization);
        fabric.unsubscribe(TOPICS_OF + organization);
      }
    }
  }

  @Override
  public void published(
      String organization, RoutingHeader header, byte[] buffer, int offset, Set<String> served) {
    byte[] envelope = Arrays.copyOfRange(buffer, offset, offset + header.encodedBytes());
    fabric.publish(
        TOPICS_OF + organization, new NodeFrame.ToTopic(organization, envelope).encode());
  }
}
