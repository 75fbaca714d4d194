package dev.aegis.crypto;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/// Which implementation serves the records of a process: one for small ones, one for large ones.
///
/// The one for large records is looked for again when there have been many of them: an
/// implementation in Java is compiled only by being used, and one that at start is ten times slower
/// than a native one may be twice as fast afterwards. Whoever never has large records does not pay
/// for it. Thread-safe.
final class RecordCiphers {
  /// From here on a record is large.
  static final int LARGE_BYTES = 2048;

  /// After so many large records of the process the implementation is looked for again: late enough
  /// that the process's own code is compiled.
  static final int MANY_LARGE = 32_768;

  /// Whoever processes records says so once in so many large ones, because all say it to one place.
  static final int SOME_LARGE = 64;

  private final RecordCipher.Implementation small;
  private final UnaryOperator<RecordCipher.Implementation> look;
  private final AtomicInteger largeRecords = new AtomicInteger();
  private volatile RecordCipher.Implementation large;

  /// @param look takes the implementation in use and returns the one for large records; it may take
  ///   seconds, and runs once, on a thread of its own
  RecordCiphers(
      RecordCipher.Implementation first, UnaryOperator<RecordCipher.Implementation> look) {
    this.small = first;
    this.large = first;
    this.look = look;
  }

  /// This one for all records, always.
  static RecordCiphers only(RecordCipher.Implementation implementation) {
    return new RecordCiphers(implementation, UnaryOperator.identity());
  }

  RecordCipher.Implementation small() {
    return small;
  }

  RecordCipher.Implementation large() {
    return large;
  }

  /// Another [#SOME_LARGE] large records. Does not wait.
  void someLarge() {
    if (largeRecords.get() < MANY_LARGE && largeRecords.addAndGet(SOME_LARGE) == MANY_LARGE) {
      Thread.ofPlatform()
          .name("aegis-record-ciphers")
          .daemon()
          .start(() -> large = look.apply(large));
    }
  }
}
