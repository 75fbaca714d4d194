package dev.aegis.store.fabric;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.ProtocolException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// Reads this node's inbox and hands it to the listener, on one thread. While little comes, one
/// read waits on all classes; once a class fills its part of that, each round reads more of the
/// higher classes than of the lower ones, and a class that is alone gets it all.
///
/// What was taken is removed with the next read, in the same pipeline. Nothing is read ahead: a
/// listener that is behind leaves the rest in Redis. What was read and not taken, because an answer
/// was lost, is read again.
final class RedisInbox implements AutoCloseable {
  /// How long a read waits in Redis: its connection is known to work that often.
  static final long BLOCK_MILLIS = 1_000;

  /// Entries of each class in one round.
  private static final int[] SHARES = {32, 16, 8, 4};

  private static final int ALONE = 64;
  private static final int WAITED_FOR = 16;
  private static final long STRAYS_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long FIRST_PAUSE_MILLIS = 20;
  private static final long LONGEST_PAUSE_MILLIS = 500;
  private static final byte[] HEADER_FIELD = {'h'};
  private static final byte[] SEALED_FIELD = {'e'};
  private static final String NEW = ">";
  private static final String UNREMOVED = "0";
  private static final List<Priority> CLASSES = List.of(Priority.values());

  private final RedisLink link;
  private final RedisRequests requests;
  private final FabricNode node;
  private final Seals seals;
  private final StorageCipher cipher;
  private final FabricListener listener;
  private final FabricCounters counters;
  private final Runnable missing;
  private final long answerMillis;
  private final Thread thread;
  private final AtomicBoolean lost = new AtomicBoolean();
  private volatile boolean open;
  private volatile boolean closed;

  // The thread's own.
  private final ReplayMarks<Sender> marks = new ReplayMarks<>();
  private final Map<Priority, Taken> taken = new EnumMap<>(Priority.class);
  private boolean busy;
  private boolean strays;
  private long straysAtNanos = System.nanoTime();
  private @Nullable Priority alone;

  /// @param missing told when the inbox is not there
  /// @param answerMillis when an answer is taken for lost, beyond the link's own patience
  RedisInbox(
      RedisLink link,
      RedisRequests requests,
      FabricNode node,
      StorageCipher cipher,
      FabricListener listener,
      FabricCounters counters,
      Runnable missing,
      long answerMillis) {
    this.link = link;
    this.requests = requests;
    this.node = node;
    this.seals = new Seals(node.cluster());
    this.cipher = cipher;
    this.listener = listener;
    this.counters = counters;
    this.missing = missing;
    this.answerMillis = answerMillis;
    this.thread =
        Thread.ofPlatform().daemon().name("aegis-fabric-read-" + node.id()).unstarted(this::run);
  }

  private record Sender(long node, Priority priority) {}

  /// Entries of one class that are to be removed.
  private static final class Taken {
    final List<String> ids = new ArrayList<>();
    long bytes;
  }

  void start() {
    thread.start();
  }

  /// The inbox is there: read it.
  void open() {
    open = true;
  }

  /// It had vanished: the listener is told.
  void lost() {
    lost.set(true);
  }

  private void run() {
    long pause = FIRST_PAUSE_MILLIS;
    while (!closed) {
      try {
        if (open && !link.away(requests.keys().inbox(node.id(), Priority.CRITICAL))) {
          round();
          pause = FIRST_PAUSE_MILLIS;
        } else {
          TimeUnit.MILLISECONDS.sleep(FIRST_PAUSE_MILLIS);
        }
      } catch (InterruptedException _) {
        if (closed) {
          return;
        }
        strays = true; // by a listener's doing; what a read brought meanwhile was not seen
      } catch (ExecutionException | TimeoutException e) {
        failed(e.getCause() == null ? e : e.getCause());
        pause = pause(pause);
      }
    }
  }

  private void failed(Throwable failure) {
    strays = true; // whatever was read by the one that failed
    busy = false;
    String message = failure.getMessage();
    if (message != null && message.startsWith("NOGROUP")) {
      counters.failed(failure);
      missing.run();
    } else {
      link.failed(requests.keys().inbox(node.id(), Priority.CRITICAL), failure);
    }
  }

  private static long pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException _) {
      // closed: the loop sees it
    }
    return Math.min(millis * 2, LONGEST_PAUSE_MILLIS);
  }

  private void round() throws InterruptedException, ExecutionException, TimeoutException {
    if (lost.getAndSet(false)) {
      tellLost();
    }
    if (System.nanoTime() - straysAtNanos > STRAYS_EVERY_NANOS) {
      strays = true;
    }
    List<AsyncCommand<byte[], byte[], ?>> commands = removals();
    List<AsyncCommand<byte[], byte[], List<StreamMessage<byte[], byte[]>>>> reads = reads();
    commands.addAll(reads);
    boolean wereStrays = strays;
    link.dispatchReads(commands);
    List<List<StreamMessage<byte[], byte[]>>> byClass = new ArrayList<>();
    CLASSES.forEach(_ -> byClass.add(new ArrayList<>()));
    int read = 0;
    for (AsyncCommand<byte[], byte[], List<StreamMessage<byte[], byte[]>>> each : reads) {
      List<StreamMessage<byte[], byte[]>> answer = each.get(answerMillis, TimeUnit.MILLISECONDS);
      if (answer != null) {
        read += answer.size();
        for (StreamMessage<byte[], byte[]> entry : answer) {
          byClass.get(RedisKeys.priority(entry.getStream()).wire()).add(entry);
        }
      }
    }
    if (wereStrays && read == 0) {
      strays = false;
      straysAtNanos = System.nanoTime();
    }
    plan(byClass, wereStrays);
    for (Priority each : CLASSES) {
      take(each, byClass.get(each.wire()));
    }
  }

  private void tellLost() {
    try {
      listener.inboxLost();
    } catch (RuntimeException e) {
      counters.listenerFailed(e);
    }
  }

  private List<AsyncCommand<byte[], byte[], ?>> removals() {
    List<AsyncCommand<byte[], byte[], ?>> commands = new ArrayList<>();
    taken.forEach((priority, each) ->
        commands.add(requests.remove(node.id(), priority, each.bytes, each.ids)));
    taken.clear();
    return commands;
  }

  private List<AsyncCommand<byte[], byte[], List<StreamMessage<byte[], byte[]>>>> reads() {
    if (strays) {
      return List.of(requests.read(node.id(), CLASSES, UNREMOVED, WAITED_FOR, 0));
    }
    if (!busy) {
      return List.of(requests.read(node.id(), CLASSES, NEW, WAITED_FOR, BLOCK_MILLIS));
    }
    List<AsyncCommand<byte[], byte[], List<StreamMessage<byte[], byte[]>>>> reads =
        new ArrayList<>();
    for (Priority each : CLASSES) {
      int most = each == alone ? ALONE : SHARES[each.wire()];
      reads.add(requests.read(node.id(), List.of(each), NEW, most, 0));
    }
    return reads;
  }

  /// How the next round reads.
  private void plan(List<List<StreamMessage<byte[], byte[]>>> byClass, boolean wereStrays) {
    if (wereStrays) {
      return;
    }
    int classes = 0;
    boolean filled = false;
    Priority last = null;
    for (Priority each : CLASSES) {
      int read = byClass.get(each.wire()).size();
      if (read > 0) {
        classes++;
        last = each;
      }
      filled |= read >= (busy ? SHARES[each.wire()] : WAITED_FOR);
    }
    busy = filled;
    alone = classes == 1 ? last : null;
  }

  private void take(Priority priority, List<StreamMessage<byte[], byte[]>> entries)
      throws InterruptedException {
    for (StreamMessage<byte[], byte[]> entry : entries) {
      byte[] header = field(entry, HEADER_FIELD);
      byte[] sealed = field(entry, SEALED_FIELD);
      hand(priority, header, sealed);
      if (closed && Thread.interrupted()) {
        throw new InterruptedException(); // it was not taken
      }
      Taken done = taken.computeIfAbsent(priority, _ -> new Taken());
      done.ids.add(entry.getId());
      done.bytes += sealed.length;
    }
  }

  private static byte[] field(StreamMessage<byte[], byte[]> entry, byte[] name) {
    Map<byte[], byte[]> body = entry.getBody();
    if (body != null) { // one that was removed since it was read has none
      for (Map.Entry<byte[], byte[]> field : body.entrySet()) {
        if (Arrays.equals(field.getKey(), name)) {
          return field.getValue();
        }
      }
    }
    return new byte[0];
  }

  private void hand(Priority priority, byte[] header, byte[] sealed) {
    Optional<Seals.Header> read = Seals.Header.read(header);
    if (read.isEmpty()) {
      counters.poison("it has no header of this version", "of the inbox");
      return;
    }
    List<byte[]> flights;
    try {
      flights = Flights.read(cipher.open(sealed, seals.inbox(node.id(), priority, read.get())));
    } catch (AuthenticationException _) {
      counters.poison("it does not open", "of the inbox");
      return;
    } catch (ProtocolException _) {
      counters.poison("it does not hold flights", "of the inbox");
      return;
    }
    long from = read.get().from();
    if (!marks.grows(new Sender(from, priority), read.get().counter())) {
      counters.replays.increment();
      return;
    }
    try {
      int count = flights.size();
      listener.received(from, priority, flights);
      counters.receivedFlights.add(count);
      counters.receivedEntries.increment();
    } catch (RuntimeException e) {
      counters.listenerFailed(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(2));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
