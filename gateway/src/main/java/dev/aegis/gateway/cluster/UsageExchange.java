package dev.aegis.gateway.cluster;

import dev.aegis.gateway.admission.SharedUsage;
import dev.aegis.gateway.admission.Usage;
import dev.aegis.protocol.Priority;
import dev.aegis.store.fabric.Fabric;
import dev.aegis.store.fabric.SendResult;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings to the other nodes what was used of rates and quotas, many principals in one flight, and
/// asks them about principals met here for the first time. While the fabric is away the nodes share
/// what is left. A thread of its own; the rest may be called from any.
final class UsageExchange implements AutoCloseable {
  static final long EVERY_MILLIS = 100;

  private static final Logger LOG = LoggerFactory.getLogger(UsageExchange.class);
  private static final int FRAME = 256;
  private static final int MOST_FRAMES = 64;

  private final Fabric fabric;
  private final SharedUsage usage;
  private final IntSupplier members;
  private final ScheduledExecutorService timer;

  /// @param members how many nodes there are
  UsageExchange(Fabric fabric, SharedUsage usage, IntSupplier members) {
    this.fabric = fabric;
    this.usage = usage;
    this.members = members;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("aegis-usage-" + fabric.node().id()).factory());
    timer.scheduleWithFixedDelay(this::exchange, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void exchange() {
    try {
      if (!fabric.state().up()) {
        usage.divide(members.getAsInt());
        return;
      }
      usage.divide(1);
      boolean more = true;
      for (int sent = 0; sent < MOST_FRAMES && more; sent++) {
        boolean asked = ask();
        boolean told = tell();
        more = asked || told;
      }
    } catch (RuntimeException e) { // or it would never run again
      LOG.error("other nodes are not told what was used; it goes on", e);
    }
  }

  private boolean ask() {
    List<String> met = usage.met(FRAME);
    if (!met.isEmpty()) {
      fabric.publish(Neighbours.ALL, new NodeFrame.UsageWanted(fabric.node().id(), met).encode());
    }
    return met.size() >= FRAME;
  }

  private boolean tell() {
    List<Usage.Taken> news = usage.news(FRAME);
    if (!news.isEmpty()) {
      fabric
          .publish(Neighbours.ALL, new NodeFrame.UsageTold(fabric.node().id(), news).encode())
          .whenComplete((result, failure) -> {
            if (failure != null || result != SendResult.SENT) {
              usage.untold(news);
            }
          });
    }
    return news.size() >= FRAME;
  }

  void wanted(NodeFrame.UsageWanted asked) {
    List<Usage.Known> known = usage.known(asked.principals(), System.nanoTime());
    if (!known.isEmpty()) {
      fabric.send(asked.node(), Priority.CRITICAL, new NodeFrame.UsageKnown(known).encode());
    }
  }

  void told(NodeFrame.UsageTold frame) {
    usage.took(frame.node(), frame.news(), System.nanoTime());
  }

  void known(long node, NodeFrame.UsageKnown frame) {
    usage.knows(node, frame.known(), System.nanoTime());
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
