package dev.aegis.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The streams of all pairs of a sender and a receiver that talk to each other. Thread-safe.
final class Ledger {
  /// Sums over all streams.
  record Totals(
      long sent,
      long accepted,
      long refused,
      long arrived,
      long missing,
      long unanswered,
      long repeated,
      long overtaken,
      long unknown) {}

  private final AtomicReferenceArray<@Nullable Stream> streams;
  private final int receivers;
  private final boolean durable;

  Ledger(int senders, int receivers, boolean durable) {
    this.streams = new AtomicReferenceArray<>(senders * receivers);
    this.receivers = receivers;
    this.durable = durable;
  }

  Stream stream(int sender, int receiver) {
    int index = sender * receivers + receiver;
    Stream known = streams.get(index);
    if (known != null) {
      return known;
    }
    Stream made = new Stream(durable);
    Stream raced = streams.compareAndExchange(index, null, made);
    return raced == null ? made : raced;
  }

  private List<Stream> all() {
    List<Stream> all = new ArrayList<>();
    for (int i = 0; i < streams.length(); i++) {
      Stream stream = streams.get(i);
      if (stream != null) {
        all.add(stream);
      }
    }
    return all;
  }

  void writeOff(int sender) {
    for (int receiver = 0; receiver < receivers; receiver++) {
      Stream stream = streams.get(sender * receivers + receiver);
      if (stream != null) {
        stream.writeOff();
      }
    }
  }

  Totals totals() {
    return new Totals(
        sum(Stream::sent),
        sum(Stream::acceptedCount),
        sum(Stream::refusedCount),
        sum(Stream::arrivedCount),
        sum(Stream::missing),
        sum(Stream::unanswered),
        sum(Stream::repeated),
        sum(Stream::overtaken),
        sum(Stream::unknown));
  }

  private long sum(ToLongFunction<Stream> count) {
    return all().stream().mapToLong(count).sum();
  }
}
