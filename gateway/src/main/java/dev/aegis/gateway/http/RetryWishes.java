package dev.aegis.gateway.http;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a message says in its metadata of how it wants to be tried again (PROTOCOL.md 6.1). The
/// gateway passes over what it cannot read there, since the metadata is the sender's; over REST,
/// who mistypes it is told.
final class RetryWishes {
  private static final Set<String> POLICIES = Set.of("exponential_backoff", "none");
  private static final int MOST_RETRIES = 1_000;
  private static final int LONGEST_TIMEOUT_SECONDS = 86_400;
  private static final int MOST_DIGITS = 6;

  private RetryWishes() {}

  /// @throws ProblemException one of them cannot be read
  static void check(Map<String, String> metadata) throws ProblemException {
    String policy = metadata.get("retry_policy");
    if (policy != null && !POLICIES.contains(policy)) {
      throw ProblemException.invalid("metadata.retry_policy: exponential_backoff or none");
    }
    number("max_retries", metadata.get("max_retries"), 0, MOST_RETRIES);
    number("timeout", metadata.get("timeout"), 1, LONGEST_TIMEOUT_SECONDS);
  }

  private static void number(String name, @Nullable String text, int least, int most)
      throws ProblemException {
    if (text == null) {
      return;
    }
    boolean digits =
        !text.isEmpty()
            && text.length() <= MOST_DIGITS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!digits || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
      throw ProblemException.invalid("metadata." + name + ": " + least + " to " + most);
    }
  }
}
