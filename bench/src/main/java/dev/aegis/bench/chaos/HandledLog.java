package dev.aegis.bench.chaos;

import dev.aegis.client.IncomingMessage;
import dev.aegis.client.ProcessedLog;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// What one receiving agent did, and its memory of what is finished, in the same entry: a handler's
/// effect is that entry. So no kill comes between the effect and the memory of it, which is what an
/// application needs for exactly-once. Thread-safe.
///
/// Only exactly-once messages are remembered across a restart; the others may come again, as their
/// contract says.
final class HandledLog implements ProcessedLog {
  private final int agent;
  private final LedgerWriter writer;
  private final List<Entry> before;

  /// @param before the entries of earlier processes, of any agent
  HandledLog(int agent, LedgerWriter writer, List<Entry> before) {
    this.agent = agent;
    this.writer = writer;
    this.before =
        before.stream()
            .filter(entry -> entry.agent() == agent && entry.what() != Entry.What.BEGAN)
            .toList();
  }

  /// The effect of the handler. On disk when it returns.
  ///
  /// @throws IOException it did not get there: the handler has failed
  void handle(IncomingMessage message, boolean intact) throws IOException {
    Entry entry =
        new Entry(
            intact ? Entry.What.HANDLED : Entry.What.CORRUPTED,
            message.message().guarantee(),
            agent,
            message.message().id(),
            message.mailboxEpoch(),
            message.sequence(),
            0);
    await(writer.append(entry));
  }

  @Override
  public Remembered load() {
    long epoch = before.isEmpty() ? 0 : before.getLast().epoch();
    Map<Long, Processed> unconfirmed = new HashMap<>();
    Set<Long> settled = new HashSet<>();
    for (Entry entry : before) {
      if (entry.epoch() != epoch) {
        continue;
      }
      switch (entry.what()) {
        case HANDLED, CORRUPTED -> {
          if (entry.guarantee() == Guarantee.EXACTLY_ONCE) {
            settled.add(entry.sequence());
            unconfirmed.put(entry.sequence(), new Processed(epoch, entry.sequence(), entry.id()));
          }
        }
        case CONFIRMED -> {
          for (long sequence = entry.sequence(); sequence <= entry.last(); sequence++) {
            settled.add(sequence);
            unconfirmed.remove(sequence);
          }
        }
        case BEGAN -> {} // of no epoch
        case INTENDED, PROMISED, REFUSED ->
            throw new IllegalStateException("the ledger of a sender: " + entry);
      }
    }
    return new Remembered(
        epoch,
        SequenceRanges.of(settled.stream().mapToLong(Long::longValue).toArray()),
        new ArrayList<>(unconfirmed.values()));
  }

  /// Nothing is left to do: the handler's entry is the memory.
  @Override
  public void finished(List<Processed> messages) {}

  @Override
  public void confirmed(long mailboxEpoch, SequenceRanges sequences) throws IOException {
    CompletableFuture<?>[] written = new CompletableFuture<?>[sequences.count()];
    for (int i = 0; i < written.length; i++) {
      written[i] =
          writer.append(
              Entry.confirmed(agent, mailboxEpoch, sequences.first(i), sequences.last(i)));
    }
    await(CompletableFuture.allOf(written));
  }

  private static void await(CompletableFuture<Void> written) throws IOException {
    try {
      written.join();
    } catch (CompletionException e) {
      throw new IOException("the ledger cannot be written", e);
    }
  }
}
