package dev.aegis.gateway.cluster;

import dev.aegis.gateway.topics.Subscription;
import dev.aegis.gateway.topics.TopicFabric.MemberElsewhere;
import dev.aegis.protocol.Priority;
import dev.aegis.store.fabric.Fabric;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The members of queue groups in the whole cluster: nodes tell each other who is connected, so
/// that the one that accepts a message can choose, and say whose turn it is. What is told crosses
/// one channel, in order; whoever missed some of it asks for all of it. Any thread; never blocks.
final class QueueGroups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(QueueGroups.class);
  private static final long GATHER_MILLIS = 5;
  private static final long SIGN_MILLIS = 500;

  private final Fabric fabric;
  private final GroupsHere here;
  private final GroupsElsewhere elsewhere;
  private final ScheduledExecutorService timer;
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile boolean up = true;

  QueueGroups(Fabric fabric) {
    this.fabric = fabric;
    this.here = new GroupsHere(fabric.node().id());
    byte[] question = new NodeFrame.GroupsWanted().encode();
    this.elsewhere = new GroupsElsewhere(node -> fabric.send(node, Priority.CRITICAL, question));
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("aegis-groups-" + fabric.node().id()).factory());
    timer.scheduleAtFixedRate(guarded(this::sign), SIGN_MILLIS, SIGN_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) { // or it would never run again
        LOG.error("other nodes are not told of queue groups; it goes on", e);
      }
    };
  }

  void connected(String agent) {
    here.connected(agent);
    tellSoon();
  }

  void disconnected(String agent) {
    here.disconnected(agent);
    tellSoon();
  }

  void joined(Subscription subscription) {
    here.joined(subscription);
    tellSoon();
  }

  void left(Subscription subscription) {
    here.left(subscription);
    tellSoon();
  }

  void hears(String organization) {
    here.hears(organization);
    tellSoon();
  }

  void hearsNoMore(String organization) {
    here.hearsNoMore(organization);
    tellSoon();
  }

  /// Another node has missed something.
  void wanted() {
    here.tellAll();
    tellSoon();
  }

  void heard(NodeFrame.Groups frame) {
    elsewhere.heard(frame, System.nanoTime());
  }

  void gone(long node) {
    elsewhere.forget(node);
  }

  /// Nobody while the fabric is away: whose turn it were would not hear of it.
  void members(String organization, String topic, Consumer<MemberElsewhere> into) {
    if (up) {
      elsewhere.match(organization, topic, System.nanoTime(), into);
    }
  }

  /// How many members are known at other nodes.
  int elsewhere() {
    return elsewhere.size(System.nanoTime());
  }

  private void tellSoon() {
    if (here.hasNews() && due.compareAndSet(false, true)) {
      try {
        timer.schedule(guarded(this::tell), GATHER_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        LOG.debug("closed: the others find that this node is silent", e);
      }
    }
  }

  private void tell() {
    due.set(false);
    for (NodeFrame.Groups frame : here.news()) {
      fabric.publish(Neighbours.ALL, frame.encode());
    }
  }

  private void sign() {
    up = fabric.state().up();
    NodeFrame.Groups frame = here.sign();
    if (frame != null) {
      fabric.publish(Neighbours.ALL, frame.encode());
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
