package dev.aegis.bench;

import dev.aegis.gateway.delivery.Decision;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.delivery.Mailbox;
import dev.aegis.gateway.delivery.MailboxBounds;
import dev.aegis.gateway.delivery.OwedMessage;
import dev.aegis.gateway.delivery.RetrySettings;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/// The whole way of a durable message through the delivery core, in batches as the journal reports
/// them: committed, delivered, acknowledged, its record on disk, receipt and confirm. Time per
/// message. Baseline: a map of what is on its way, without order, retries, time to live or
/// receipts.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MailboxBenchmark {
  private static final int BATCH = 64;
  private static final long NOW = 1_000;

  private final byte[] envelope = Samples.envelope(256);
  private final UUID id = new UUID(1, 2);
  private final Queue<Decision> decisions = new ArrayDeque<>();
  private final Map<Long, OwedMessage> map = new LinkedHashMap<>();
  private final Mailbox mailbox =
      new Mailbox(
          MailboxBounds.defaults(),
          RetrySettings.defaults(),
          new HeldBytes(1 << 20),
          new SplittableRandom(42),
          decisions::add,
          (_, _, _, _, _) -> {});
  private long sequence;

  @Setup
  public void connect() {
    mailbox.connected(1, 1, true, 0, 0, NOW);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void deliver(Blackhole sink) {
    long first = sequence + 1;
    for (int i = 0; i < BATCH; i++) {
      mailbox.committed(message(), NOW);
    }
    carryOut(sink);
    SequenceRanges all = new SequenceRanges(new long[] {first, sequence});
    mailbox.acked(Stage.PROCESSED, 1, all, NOW);
    carryOut(sink);
  }

  private void carryOut(Blackhole sink) {
    for (Decision next = decisions.poll(); next != null; next = decisions.poll()) {
      if (next instanceof Decision.Persist persist) {
        mailbox.recordCommitted(persist.ticket(), NOW);
      }
      sink.consume(next);
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void deliverByMap(Blackhole sink) {
    long first = sequence + 1;
    for (int i = 0; i < BATCH; i++) {
      OwedMessage message = message();
      map.put(message.sequence(), message);
      sink.consume(message);
    }
    List<UUID> receipt = new ArrayList<>();
    for (long acked = first; acked <= sequence; acked++) {
      OwedMessage done = map.remove(acked);
      if (done != null) {
        receipt.add(done.id());
      }
    }
    sink.consume(receipt);
  }

  private OwedMessage message() {
    return new OwedMessage(
        id,
        "planner-7",
        1,
        ++sequence,
        Priority.NORMAL,
        1,
        0,
        0,
        Message.RECEIPT_PROCESSED,
        NOW,
        0,
        envelope,
        Guarantee.AT_LEAST_ONCE);
  }
}
