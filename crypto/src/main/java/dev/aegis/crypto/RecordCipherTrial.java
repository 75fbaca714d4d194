package dev.aegis.crypto;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Compares implementations of the record cipher on large records once they are compiled: each
/// seals and opens in short turns until none has become faster for a while. Takes seconds of a
/// thread that rests most of the time, because the process is busy when it runs.
final class RecordCipherTrial {
  private static final int RECORD_BYTES = 16 * 1024;
  private static final long TURN_NANOS = 1_000_000;
  private static final long REST_NANOS = 10 * TURN_NANOS;
  private static final int STEADY_TURNS = 100;
  private static final int MOST_TURNS = 1_000;
  private static final double FASTER = 0.9;

  private RecordCipherTrial() {}

  /// The fastest of those that seal a large record as the one in use does and open it, by a tenth
  /// at least; otherwise the one in use.
  static RecordCipher.Implementation fastest(
      RecordCipher.Implementation inUse, List<RecordCipher.Implementation> candidates) {
    byte[] expected = new Runner(inUse).first();
    List<Runner> runners =
        candidates.stream()
            .filter(candidate -> !candidate.equals(inUse))
            .map(Runner::new)
            .filter(runner -> Arrays.equals(runner.first(), expected))
            .toList();
    Runner best = new Runner(inUse);
    int since = 0;
    for (int turn = 0; turn < MOST_TURNS && since < STEADY_TURNS; turn++) {
      boolean faster = best.turn();
      for (Runner runner : runners) {
        faster |= runner.turn();
      }
      since = faster ? 0 : since + 1;
      LockSupport.parkNanos(REST_NANOS);
    }
    for (Runner runner : runners) {
      if (runner.nanos < FASTER * best.nanos) {
        best = runner;
      }
    }
    return best.implementation;
  }

  private static final class Runner {
    private final RecordCipher.Implementation implementation;
    private final RecordSealer sealer;
    private final RecordOpener opener;
    private final byte[] buffer = new byte[RECORD_BYTES + RecordCipher.TAG_BYTES];

    /// The least that a record took.
    private double nanos = Double.MAX_VALUE;

    Runner(RecordCipher.Implementation implementation) {
      this.implementation = implementation;
      RecordCiphers ciphers = RecordCiphers.only(implementation);
      // A key of its own that protects nothing.
      byte[] key = new byte[RecordCipher.KEY_BYTES];
      byte[] iv = new byte[RecordCipher.IV_BYTES];
      this.sealer = new RecordSealer(ciphers, key, iv);
      this.opener = new RecordOpener(ciphers, key, iv);
    }

    /// The first record; empty if it cannot be sealed and opened.
    byte[] first() {
      try {
        sealer.seal(buffer, 0, RECORD_BYTES);
        byte[] sealed = buffer.clone();
        opener.open(buffer, 0, buffer.length);
        return sealed;
      } catch (AuthenticationException | RuntimeException e) {
        return new byte[0];
      }
    }

    /// Whether it was faster by a tenth than ever before.
    boolean turn() {
      int records = 0;
      long start = System.nanoTime();
      long end = start;
      while (end - start < TURN_NANOS) {
        try {
          sealer.seal(buffer, 0, RECORD_BYTES);
          opener.open(buffer, 0, buffer.length);
        } catch (AuthenticationException e) {
          throw new IllegalStateException("it opened the first one", e);
        }
        records++;
        end = System.nanoTime();
      }
      double now = (double) (end - start) / records;
      boolean faster = now < FASTER * nanos;
      nanos = Math.min(nanos, now);
      return faster;
    }
  }
}
