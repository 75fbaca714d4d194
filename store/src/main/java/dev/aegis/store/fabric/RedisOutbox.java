package dev.aegis.store.fabric;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.crypto.StorageSealer;
import dev.aegis.protocol.ClassQueues;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/// Brings flights to where they are sent. One thread coalesces what waits for a destination into
/// entries, seals them and sends them, a few of a destination at a time: while those are on their
/// way, the next one grows. Higher classes go first, lower ones keep a share.
///
/// Bounded by [FabricLimits]; whoever sends beyond that gets FULL.
final class RedisOutbox implements AutoCloseable {
  /// Entries without an answer, of all destinations and of one.
  private static final int MOST_ENTRIES = 64;

  private static final int MOST_ENTRIES_TO_ONE = 2;

  private static final int CHUNK = 1 << 10;

  private final RedisLink link;
  private final Seals seals;
  private final long node;
  private final int entryBytes;
  private final FabricCounters counters;
  private final Backlog backlog;
  private final StorageSealer sealer;
  private final Thread thread;

  private final MpscUnboundedAtomicArrayQueue<Waiting> incoming =
      new MpscUnboundedAtomicArrayQueue<>(CHUNK); // the backlog bounds it
  private final MpscUnboundedAtomicArrayQueue<Answer> answered =
      new MpscUnboundedAtomicArrayQueue<>(MOST_ENTRIES);
  private volatile @Nullable Thread idle;
  private volatile boolean closed;
  private volatile boolean ended;

  // The thread's own.
  private final Map<RedisDestination, Lane> lanes = new HashMap<>();
  private final ClassQueues<Lane> ready = new ClassQueues<>();
  private final Flights plain = new Flights();
  private int onTheirWay;
  private long counter;

  RedisOutbox(
      RedisLink link,
      FabricNode node,
      StorageCipher cipher,
      FabricLimits limits,
      FabricCounters counters) {
    this.link = link;
    this.seals = new Seals(node.cluster());
    this.node = node.id();
    this.entryBytes = limits.entryBytes();
    this.counters = counters;
    this.backlog = new Backlog(limits.queueFlights(), limits.queueBytes());
    this.sealer = cipher.sealer();
    this.thread =
        Thread.ofPlatform().daemon().name("aegis-fabric-send-" + node.id()).unstarted(this::run);
  }

  private record Waiting(
      RedisDestination to, byte[] flight, CompletableFuture<SendResult> result) {}

  /// What waits for one destination.
  private static final class Lane {
    final RedisDestination to;
    final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    int onTheirWay;
    boolean isReady;

    Lane(RedisDestination to) {
      this.to = to;
    }
  }

  /// Flights on their way.
  private record Entry(
      Lane lane, List<Waiting> flights, long bytes, AsyncCommand<byte[], byte[], Long> command) {}

  private record Answer(Entry entry, @Nullable Long answer, @Nullable Throwable failure) {}

  void start() {
    thread.start();
  }

  CompletionStage<SendResult> send(RedisDestination to, byte[] flight) {
    Flights.requireSendable(flight);
    if (closed || link.away(to::key)) {
      return refused(SendResult.UNAVAILABLE);
    }
    if (!backlog.take(flight.length)) {
      return refused(SendResult.FULL);
    }
    Waiting waiting = new Waiting(to, flight, new CompletableFuture<>());
    incoming.offer(waiting);
    wake();
    if (ended) {
      refuseIncoming(); // the thread may have looked before this one came
    }
    return waiting.result;
  }

  private CompletionStage<SendResult> refused(SendResult result) {
    counters.answered(result, 1);
    return CompletableFuture.completedFuture(result);
  }

  Backlog backlog() {
    return backlog;
  }

  private void wake() {
    Thread waiting = idle;
    if (waiting != null) {
      idle = null;
      LockSupport.unpark(waiting);
    }
  }

  private void run() {
    List<AsyncCommand<byte[], byte[], Long>> commands = new ArrayList<>();
    List<Entry> entries = new ArrayList<>();
    while (!closed) {
      takeIncoming();
      takeAnswered();
      form(entries);
      if (entries.isEmpty()) {
        idle = Thread.currentThread();
        if (incoming.isEmpty() && answered.isEmpty() && !closed) {
          LockSupport.park(this);
        }
        idle = null;
      } else {
        entries.forEach(each -> commands.add(each.command));
        link.dispatch(commands);
        long sentAt = System.nanoTime();
        for (Entry each : entries) {
          each.command.whenComplete((answer, failure) -> {
            if (failure == null) {
              counters.roundTrips.increment();
              counters.roundTripNanos.add(System.nanoTime() - sentAt);
            }
            answered.offer(new Answer(each, answer, failure));
            wake();
          });
        }
        commands.clear();
        entries.clear();
      }
    }
    end();
  }

  private void takeIncoming() {
    for (Waiting next = incoming.poll(); next != null; next = incoming.poll()) {
      Lane lane = lanes.computeIfAbsent(next.to, Lane::new);
      lane.waiting.addLast(next);
      offer(lane);
    }
  }

  private void offer(Lane lane) {
    if (!lane.isReady && !lane.waiting.isEmpty() && lane.onTheirWay < MOST_ENTRIES_TO_ONE) {
      lane.isReady = true;
      ready.add(lane.to.priority(), lane);
    }
  }

  private void takeAnswered() {
    for (Answer next = answered.poll(); next != null; next = answered.poll()) {
      Entry entry = next.entry;
      Lane lane = entry.lane;
      onTheirWay--;
      lane.onTheirWay--;
      answer(entry.flights, entry.bytes, result(lane.to, next));
      offer(lane);
      if (lane.waiting.isEmpty() && lane.onTheirWay == 0) {
        lanes.remove(lane.to); // nodes come and go
      }
    }
  }

  private SendResult result(RedisDestination to, Answer answer) {
    Long known = answer.answer;
    Throwable failure = answer.failure;
    if (failure == null && known != null) {
      link.answered(to::key);
      return to.result(known);
    }
    Throwable why = failure == null ? new IllegalStateException("no answer") : failure;
    String message = why.getMessage();
    if (message != null && message.startsWith("OOM")) {
      counters.failed(why);
      return SendResult.FULL;
    }
    link.failed(to.key(), why);
    return SendResult.UNAVAILABLE;
  }

  private void form(List<Entry> entries) {
    while (onTheirWay < MOST_ENTRIES) {
      Lane lane = ready.peek();
      if (lane == null) {
        return;
      }
      ready.remove();
      lane.isReady = false;
      if (link.away(lane.to::key)) {
        refuse(lane);
      } else {
        entries.add(entry(lane));
        lane.onTheirWay++;
        onTheirWay++;
        offer(lane);
      }
    }
  }

  private Entry entry(Lane lane) {
    List<Waiting> flights = new ArrayList<>();
    plain.clear();
    long bytes = 0;
    for (Waiting next = lane.waiting.peekFirst();
        next != null
            && (flights.isEmpty() || plain.size() + Flights.itemBytes(next.flight) <= entryBytes);
        next = lane.waiting.peekFirst()) {
      flights.add(lane.waiting.removeFirst());
      plain.append(next.flight);
      bytes += next.flight.length;
    }
    Seals.Header header = new Seals.Header(node, ++counter);
    byte[] sealed = sealer.seal(plain.array(), 0, plain.size(), lane.to.boundTo(seals, header));
    return new Entry(lane, flights, bytes, lane.to.command(header.bytes(), sealed));
  }

  private void refuse(Lane lane) {
    List<Waiting> flights = new ArrayList<>(lane.waiting);
    lane.waiting.clear();
    answer(
        flights,
        flights.stream().mapToLong(each -> each.flight.length).sum(),
        SendResult.UNAVAILABLE);
    if (lane.onTheirWay == 0) {
      lanes.remove(lane.to);
    }
  }

  private void answer(List<Waiting> flights, long bytes, SendResult result) {
    backlog.give(flights.size(), bytes);
    counters.answered(result, flights.size());
    flights.forEach(each -> each.result.complete(result));
  }

  private void end() {
    takeAnswered();
    takeIncoming();
    List.copyOf(lanes.values()).forEach(this::refuse);
    ended = true;
    refuseIncoming();
  }

  private synchronized void refuseIncoming() {
    for (Waiting next = incoming.poll(); next != null; next = incoming.poll()) {
      answer(List.of(next), next.flight.length, SendResult.UNAVAILABLE);
    }
  }

  /// Refuses what waits. What is on its way is answered as long as the link is open.
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      LockSupport.unpark(thread);
      try {
        thread.join(10);
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
