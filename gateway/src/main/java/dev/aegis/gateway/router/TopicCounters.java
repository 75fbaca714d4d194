package dev.aegis.gateway.router;

import dev.aegis.protocol.Guarantee;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// What is counted of topics, beside the steps of each message. Any thread.
public final class TopicCounters {
  private final List<LongAdder> published = new ArrayList<>();
  private final LongAdder unheard = new LongAdder();
  private final LongAdder stored = new LongAdder();
  private final LongAdder missed = new LongAdder();
  private final FanOutCounters live = new FanOutCounters();

  TopicCounters() {
    for (Guarantee _ : Guarantee.values()) {
      published.add(new LongAdder());
    }
  }

  void countPublished(Guarantee guarantee, boolean heard) {
    published.get(guarantee.wire()).increment();
    if (!heard) {
      unheard.increment();
    }
  }

  void countStored(int copies) {
    stored.add(copies);
  }

  void countMissed(int copies) {
    missed.add(copies);
  }

  /// Messages to topics that were admitted.
  public long published(Guarantee guarantee) {
    return published.get(guarantee.wire()).sum();
  }

  /// Those of them that nobody was subscribed to.
  public long unheard() {
    return unheard.sum();
  }

  /// Copies that went to the journal.
  public long stored() {
    return stored.sum();
  }

  /// Copies that were not stored because their recipient's mailbox was full.
  public long missed() {
    return missed.sum();
  }

  /// Copies for connected agents.
  public FanOutCounters live() {
    return live;
  }
}
