package dev.aegis.store;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which messages a list has; null matches everything.
///
/// @param organization of the recipient, or whose work it is that no agent has yet
/// @param fromMillis accepted then or later
/// @param toMillis accepted before; [#NO_END] for no end
public record MessageFilter(
    @Nullable String organization,
    @Nullable String sender,
    @Nullable String recipient,
    @Nullable UUID conversation,
    @Nullable String type,
    @Nullable MessageStatus status,
    long fromMillis,
    long toMillis) {
  /// The year 9999.
  public static final long NO_END = 253_402_300_799_000L;

  /// All messages.
  public static final MessageFilter ALL =
      new MessageFilter(null, null, null, null, null, null, 0, NO_END);
}
