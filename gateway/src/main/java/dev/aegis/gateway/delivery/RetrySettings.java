package dev.aegis.gateway.delivery;

/// How a message that was not handled is tried again. Times in milliseconds.
///
/// @param maxRetries how many failures are followed by another attempt, where the message does not
///   say; the next one is the last
/// @param ackTimeoutMillis how long a recipient may say nothing about a message it was sent
/// @param firstDelayMillis pause after the first failure; it doubles with each
/// @param maxDelayMillis the longest pause
/// @param suspectAfter a message on its way at the end of so many sessions is delivered alone
/// @param poisonAfter and given up at the end of so many
public record RetrySettings(
    int maxRetries,
    long ackTimeoutMillis,
    long firstDelayMillis,
    long maxDelayMillis,
    int suspectAfter,
    int poisonAfter) {
  public RetrySettings {
    if (maxRetries < 0
        || ackTimeoutMillis < 1
        || firstDelayMillis < 1
        || maxDelayMillis < firstDelayMillis
        || suspectAfter < 1
        || poisonAfter <= suspectAfter) {
      throw new IllegalArgumentException("retry settings contradict each other");
    }
  }

  public static RetrySettings defaults() {
    return new RetrySettings(5, 120_000, 1_000, 300_000, 5, 8);
  }
}
