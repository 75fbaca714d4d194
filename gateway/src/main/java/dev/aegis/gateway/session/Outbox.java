package dev.aegis.gateway.session;

import dev.aegis.protocol.Priority;

/// What waits to be sent to one agent. Confined to the session's event loop. Messages are bounded:
/// [#offer] refuses beyond, and the caller says so to the sender. Control envelopes are taken
/// always; once [#congested], what the agent sends is not read until it has read the answers.
public interface Outbox {
  /// Queues an encoded control envelope ahead of all messages.
  void control(byte[] envelope);

  /// Queues an encoded delivery; false when the bound is reached.
  boolean offer(Priority priority, byte[] envelope);

  /// Sends what waits, as far as the agent takes it.
  void flush();

  /// Whether the agent has been sent more answers than it reads.
  boolean congested();

  /// Whether not even news from others should be added: the agent has not read for long.
  boolean choked();

  /// Drops what waits; the connection is gone.
  void clear();
}
