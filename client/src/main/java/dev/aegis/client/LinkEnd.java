package dev.aegis.client;

import dev.aegis.protocol.CloseCode;
import org.jspecify.annotations.Nullable;

/// Why one connection, or the attempt at one, is over.
sealed interface LinkEnd {
  /// One side closed it with this code.
  record Closed(CloseCode code) implements LinkEnd {}

  /// The gateway did not let this agent in.
  record Rejected(Throwable cause) implements LinkEnd {}

  /// The gateway is not the one that was pinned.
  record Untrusted() implements LinkEnd {}

  /// It broke, or never came about.
  record Lost(@Nullable Throwable cause) implements LinkEnd {}
}
