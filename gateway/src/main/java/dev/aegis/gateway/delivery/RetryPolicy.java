package dev.aegis.gateway.delivery;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Kind;
import java.util.Map;

/// How one message wants to be tried again: its metadata (PROTOCOL.md 6.1) over the defaults.
///
/// @param maxRetries 0 for none
/// @param ackTimeoutMillis how long its recipient may say nothing about it
public record RetryPolicy(int maxRetries, long ackTimeoutMillis) {
  private static final int MOST_RETRIES = 1_000;
  private static final long LONGEST_TIMEOUT_MILLIS = 86_400_000;

  /// What the metadata does not say, or says in a way that is no number, is the default. A request
  /// is not retried unless it says so: somebody waits for its answer.
  public static RetryPolicy of(byte[] envelope, RetrySettings defaults) {
    Kind kind;
    Map<String, String> metadata;
    try {
      kind = EnvelopeCodec.kind(envelope, 0, envelope.length);
      metadata = EnvelopeCodec.metadata(envelope);
    } catch (EnvelopeException e) {
      throw new IllegalArgumentException("not the envelope of a message", e);
    }
    String policy = metadata.getOrDefault("retry_policy", kind == Kind.REQUEST ? "none" : "");
    long retries =
        policy.equals("none")
            ? 0
            : number(metadata.get("max_retries"), defaults.maxRetries(), MOST_RETRIES);
    long seconds = number(metadata.get("timeout"), 0, LONGEST_TIMEOUT_MILLIS / 1_000);
    return new RetryPolicy(
        (int) retries, seconds == 0 ? defaults.ackTimeoutMillis() : seconds * 1_000);
  }

  private static long number(
      @org.jspecify.annotations.Nullable String text, long otherwise, long most) {
    if (text == null || text.isEmpty() || text.length() > 9) {
      return otherwise;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return otherwise;
      }
    }
    return Math.min(Long.parseLong(text), most);
  }
}
