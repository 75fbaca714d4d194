package dev.aegis.store.statistics;

/// What is counted of some messages. Not thread-safe.
public final class Counts {
  /// How many numbers it has besides the times.
  public static final int NUMBERS = 11;

  /// Stored for the first time.
  public long sent;

  public long sentBytes;

  /// The same, as it is counted for an agent that they are for.
  public long received;

  public long receivedBytes;

  /// Dead letters stored anew.
  public long redriven;

  /// Attempts after the first.
  public long retries;

  /// Those of them that followed a failure.
  public long failures;

  public long processed;
  public long failed;
  public long expired;
  public long dead;

  /// From acceptance until the recipient had processed it.
  public final DeliveryTimes times = new DeliveryTimes();

  public void ended(Ending how, long tookMillis) {
    switch (how) {
      case PROCESSED -> {
        processed++;
        times.add(tookMillis);
      }
      case FAILED -> failed++;
      case EXPIRED -> expired++;
      case DEAD -> dead++;
    }
  }

  public void add(Counts other) {
    long[] sums = numbers();
    long[] more = other.numbers();
    for (int i = 0; i < NUMBERS; i++) {
      sums[i] += more[i];
    }
    numbers(sums);
    times.add(other.times);
  }

  /// All numbers, in the order in which they are stored and never change.
  public long[] numbers() {
    return new long[] {
      sent,
      sentBytes,
      received,
      receivedBytes,
      redriven,
      retries,
      failures,
      processed,
      failed,
      expired,
      dead
    };
  }

  /// Sets all of them.
  public void numbers(long[] values) {
    sent = values[0];
    sentBytes = values[1];
    received = values[2];
    receivedBytes = values[3];
    redriven = values[4];
    retries = values[5];
    failures = values[6];
    processed = values[7];
    failed = values[8];
    expired = values[9];
    dead = values[10];
  }

  /// How many came to an end.
  public long ended() {
    return processed + failed + expired + dead;
  }

  /// The share of those that ended otherwise than processed; 0 where none ended.
  public double errorRate() {
    long ended = ended();
    return ended == 0 ? 0 : (double) (ended - processed) / ended;
  }
}
