package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Decision.SendReceipt;
import dev.aegis.gateway.delivery.Decision.Skip;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a mailbox has put to the journal and not heard of again. Receipts and confirms follow the
/// commit, never the offer.
final class Records {
  private final Consumer<? super Decision> decisions;
  private final RecordListener listener;
  private final TreeMap<Long, Open> open = new TreeMap<>();
  private final ArrayDeque<Long> refused = new ArrayDeque<>();
  private long nextTicket = 1;
  private int messages;

  private record Open(Persist record, List<InFlight> items) {}

  Records(Consumer<? super Decision> decisions, RecordListener listener) {
    this.decisions = decisions;
    this.listener = listener;
  }

  void put(RecordKind what, List<InFlight> items, int code, long retryAtMillis) {
    put(what, items, code, retryAtMillis, null);
  }

  /// The message is somebody else's once this is committed.
  void move(InFlight item, String target) {
    put(RecordKind.MOVED, List.of(item), 0, 0, target);
  }

  private void put(
      RecordKind what,
      List<InFlight> items,
      int code,
      long retryAtMillis,
      @Nullable String target) {
    if (items.isEmpty()) {
      return;
    }
    long[] sequences = items.stream().mapToLong(item -> item.sequence).toArray();
    Persist record =
        new Persist(nextTicket++, what, SequenceRanges.of(sequences), code, retryAtMillis, target);
    open.put(record.ticket(), new Open(record, items));
    messages += items.size();
    decisions.accept(record);
  }

  void committed(long ticket) {
    Open done = open.remove(ticket);
    if (done == null) {
      return;
    }
    messages -= done.items.size();
    Persist record = done.record;
    for (InFlight item : done.items) {
      listener.recorded(
          record.what(), record.code(), item.priority, item.guarantee, item.acceptedAtMillis);
    }
    switch (record.what()) {
      case RETURNED, RETRIED -> {}
      case DELIVERED -> receipts(Stage.DELIVERED, 0, done.items, item -> true);
      case PROCESSED -> {
        receipts(Stage.DELIVERED, 0, done.items, InFlight::takeDelivered);
        receipts(Stage.PROCESSED, 0, done.items, InFlight::wantsProcessed);
        decisions.accept(new Confirm(Stage.PROCESSED, record.sequences()));
      }
      case FAILED -> {
        receipts(Stage.FAILED, record.code(), done.items, item -> true);
        decisions.accept(new Confirm(Stage.FAILED, record.sequences()));
      }
      case EXPIRED -> {
        receipts(Stage.EXPIRED, ErrorCode.EXPIRED.wire(), done.items, item -> true);
        decisions.accept(new Skip(record.sequences(), ErrorCode.EXPIRED.wire()));
      }
      case DEAD -> {
        receipts(Stage.DEAD, record.code(), done.items, item -> true);
        decisions.accept(new Skip(record.sequences(), record.code()));
      }
      case MOVED -> decisions.accept(new Skip(record.sequences(), ErrorCode.MOVED_ON.wire()));
    }
  }

  private void receipts(Stage stage, int code, List<InFlight> items, Predicate<InFlight> owed) {
    Map<String, List<UUID>> bySender = new LinkedHashMap<>();
    for (InFlight item : items) {
      if (owed.test(item)) {
        bySender.computeIfAbsent(item.sender, unseen -> new ArrayList<>()).add(item.id);
      }
    }
    bySender.forEach((to, ids) -> decisions.accept(new SendReceipt(to, stage, code, ids)));
  }

  /// Keeps a refused record for another try, but not one that moves a message on: a session that
  /// began meanwhile has been told that it stays.
  ///
  /// @return the messages that stay
  List<InFlight> refused(long ticket) {
    Open kept = open.get(ticket);
    if (kept == null) {
      return List.of();
    }
    if (kept.record.what() == RecordKind.MOVED) {
      forget(ticket);
      return kept.items;
    }
    refused.add(ticket);
    return List.of();
  }

  /// Forgets a record: its messages stay open in the store and are delivered again.
  void forget(long ticket) {
    Open gone = open.remove(ticket);
    if (gone != null) {
      messages -= gone.items.size();
    }
  }

  void retryRefused() {
    for (int n = refused.size(); n > 0; n--) {
      Open again = open.get(refused.remove());
      if (again != null) {
        decisions.accept(again.record);
      }
    }
  }

  /// Whether a record that finishes this one waits for its commit.
  boolean finishes(long sequence) {
    return has(RecordKind.PROCESSED, sequence);
  }

  /// Whether a record that moves this one on waits for its commit.
  boolean moves(long sequence) {
    return has(RecordKind.MOVED, sequence);
  }

  private boolean has(RecordKind what, long sequence) {
    return open.values().stream()
        .map(Open::record)
        .anyMatch(record -> record.what() == what && record.sequences().contains(sequence));
  }

  /// How many messages wait for the commit of a record.
  int messages() {
    return messages;
  }

  /// The ticket that the next record gets.
  long nextTicket() {
    return nextTicket;
  }

  /// Whether all records below the ticket have been committed.
  boolean committedBelow(long ticket) {
    return open.isEmpty() || open.firstKey() >= ticket;
  }
}
