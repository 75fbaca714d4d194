package dev.aegis.store.fabric;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The fabric of nodes that share a Redis. What is sent lies there sealed; what Redis loses comes
/// back by itself: the inbox, the claims, the subscriptions. A Redis that is away costs answers of
/// UNAVAILABLE, at once once that is known.
///
/// A thread keeps the lease of the inbox, probes what has failed, and announces claims again.
public final class RedisFabric implements Fabric {
  private static final Logger LOG = LoggerFactory.getLogger(RedisFabric.class);
  private static final long TICK_MILLIS = 50;
  private static final long GOODBYE_MILLIS = 1_000;
  private static final int KEEPS_A_LEASE = 3;

  private final FabricNode node;
  private final RedisSettings settings;
  private final FabricCounters counters = new FabricCounters();
  private final RedisLink link;
  private final RedisRequests requests;
  private final RedisOutbox outbox;
  private final RedisInbox inbox;
  private final RedisTopics topics;
  private final RedisPresence presence;
  private final ScheduledExecutorService keeper;
  private final AtomicBoolean keepNow = new AtomicBoolean(true);
  private final AtomicBoolean keeping = new AtomicBoolean();
  private final CountDownLatch joined = new CountDownLatch(1);
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean present;
  private long keptAtNanos;

  private RedisFabric(
      RedisSettings settings,
      FabricNode node,
      FabricLimits limits,
      StorageCipher cipher,
      FabricListener listener,
      RandomGenerator random) {
    this.node = node;
    this.settings = settings;
    this.link = new RedisLink(settings, RedisInbox.BLOCK_MILLIS, counters, random);
    RedisKeys keys = new RedisKeys(node.cluster());
    this.requests = new RedisRequests(keys, limits);
    this.outbox = new RedisOutbox(link, node, cipher, limits, counters);
    long patience = 2 * settings.commandTimeout().toMillis() + RedisInbox.BLOCK_MILLIS;
    this.inbox =
        new RedisInbox(
            link, requests, node, cipher, listener, counters, () -> keepNow.set(true), patience);
    this.topics = new RedisTopics(link, keys, node, cipher, limits, listener, counters);
    this.presence = new RedisPresence(link, requests, node.id(), settings, counters);
    this.keeper =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("aegis-fabric-keep-" + node.id()).factory());
  }

  /// Opens a node's part. Waits for Redis no longer than the time for a connection; without it, the
  /// node begins UNAVAILABLE and joins later.
  ///
  /// @param cipher the same keyset for all nodes of the cluster
  /// @param random for jitter
  public static RedisFabric open(
      RedisSettings settings,
      FabricNode node,
      FabricLimits limits,
      StorageCipher cipher,
      FabricListener listener,
      RandomGenerator random) {
    RedisFabric fabric = new RedisFabric(settings, node, limits, cipher, listener, random);
    fabric.start();
    return fabric;
  }

  private void start() {
    outbox.start();
    inbox.start();
    topics.start();
    keeper.scheduleWithFixedDelay(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    try {
      if (!joined.await(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Redis does not answer yet; node {} joins its cluster once it does", node.id());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // it joins all the same
    }
  }

  private void tick() {
    try {
      long now = System.nanoTime();
      link.tick(now);
      if (!link.connected()) {
        return;
      }
      if (link.healed()) {
        keepNow.set(true);
        topics.subscribeAgain();
        presence.lost(now);
      }
      keep(now);
      topics.tick(now);
      if (link.up()) {
        presence.announce(now);
      }
    } catch (RuntimeException e) {
      LOG.error("the keeper of the fabric failed; it goes on", e);
    }
  }

  private void keep(long now) {
    long every = settings.inboxLease().toNanos() / KEEPS_A_LEASE;
    byte[] key = requests.keys().inbox(node.id(), Priority.CRITICAL);
    boolean due = keepNow.get() || now - keptAtNanos >= every;
    if (!due || link.away(key) || !keeping.compareAndSet(false, true)) {
      return;
    }
    keepNow.set(false);
    keptAtNanos = now;
    AsyncCommand<byte[], byte[], Long> keep =
        requests.keep(node.id(), settings.inboxLease().toMillis());
    link.dispatch(keep);
    keep.whenComplete((made, failure) -> {
      if (failure == null) {
        link.answered(() -> key);
        kept(made);
      } else {
        link.failed(key, failure);
        keepNow.set(true);
      }
      keeping.set(false);
    });
  }

  private void kept(long made) {
    if (made > 0 && present) {
      LOG.warn("Redis had lost the inbox of node {}; it is there again", node.id());
      counters.inboxesLost.increment();
      inbox.lost();
      presence.lost(System.nanoTime());
      topics.subscribeAgain();
    }
    present = true;
    measure();
    inbox.open();
    joined.countDown();
  }

  private void measure() {
    List<AsyncCommand<byte[], byte[], Long>> lengths =
        Arrays.stream(Priority.values()).map(each -> requests.length(node.id(), each)).toList();
    link.dispatch(lengths);
    CompletableFuture.allOf(
            lengths.stream()
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture[]::new))
        .thenRun(() ->
            counters.inboxEntries =
                lengths.stream().mapToLong(each -> each.toCompletableFuture().join()).sum());
  }

  @Override
  public FabricNode node() {
    return node;
  }

  @Override
  public CompletionStage<SendResult> send(long toNode, Priority priority, byte[] flight) {
    return outbox.send(new RedisDestination.Inbox(requests, toNode, priority), flight);
  }

  @Override
  public CompletionStage<Boolean> dropInbox(long dead) {
    byte[] key = requests.keys().inbox(dead, Priority.CRITICAL);
    if (link.away(key)) {
      return CompletableFuture.completedFuture(false);
    }
    AsyncCommand<byte[], byte[], Long> drop = requests.drop(dead);
    link.dispatch(drop);
    return drop.handle((_, failure) -> {
      if (failure != null) {
        link.failed(key, failure);
      }
      return failure == null;
    });
  }

  @Override
  public CompletionStage<Claim> claim(String agentId, long epoch) {
    return presence.claim(agentId, epoch);
  }

  @Override
  public CompletionStage<Boolean> release(String agentId, long epoch) {
    return presence.release(agentId, epoch);
  }

  @Override
  public CompletionStage<Optional<Holder>> find(String agentId) {
    return presence.find(agentId);
  }

  @Override
  public CompletionStage<SendResult> publish(String channel, byte[] flight) {
    return outbox.send(new RedisDestination.Channel(requests, channel), flight);
  }

  @Override
  public CompletionStage<Boolean> subscribe(String channel) {
    return topics.subscribe(channel);
  }

  @Override
  public CompletionStage<Boolean> unsubscribe(String channel) {
    return topics.unsubscribe(channel);
  }

  @Override
  public FabricState state() {
    return counters.state(
        present && link.up() && !closed.get(),
        link.openBreakers(),
        outbox.backlog(),
        topics.waitingBytes(),
        presence.claims(),
        topics.subscriptions());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      stop();
      goodbye();
      link.close();
    }
  }

  /// Ends as a crash would: what it has in Redis stays there.
  void abandon() {
    if (closed.compareAndSet(false, true)) {
      stop();
      link.close();
    }
  }

  private void stop() {
    keeper.shutdownNow();
    outbox.close();
    inbox.close();
    topics.close();
  }

  private void goodbye() {
    CompletableFuture<?> said =
        CompletableFuture.allOf(
            dropInbox(node.id()).toCompletableFuture(),
            presence.releaseAll().toCompletableFuture());
    try {
      said.get(GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Redis was not told that node {} is gone; its leases run out", node.id(), e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
