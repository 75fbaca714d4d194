package dev.aegis.gateway.webhook;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// What came of attempts. Thread-safe.
final class WebhookCounters {
  private final Map<Judgement.Result, LongAdder> attempts = new EnumMap<>(Judgement.Result.class);
  private final LongAdder millis = new LongAdder();
  private final LongAdder opened = new LongAdder();

  WebhookCounters() {
    for (Judgement.Result result : Judgement.Result.values()) {
      attempts.put(result, new LongAdder());
    }
  }

  void attempt(Judgement.Result result, long tookMillis) {
    adder(result).increment();
    millis.add(tookMillis);
  }

  void opened() {
    opened.increment();
  }

  long attempts(Judgement.Result result) {
    return adder(result).sum();
  }

  long millis() {
    return millis.sum();
  }

  long breakersOpened() {
    return opened.sum();
  }

  private LongAdder adder(Judgement.Result result) {
    LongAdder adder = attempts.get(result);
    if (adder == null) {
      throw new IllegalStateException("every result has one");
    }
    return adder;
  }
}
