package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;

/// One sending client. Sends on the driver's thread.
public interface Sender {
  /// Hears what becomes of a message. Any thread.
  interface Outcome {
    /// As the guarantee means it: stored, or for best-effort taken by the connection.
    void accepted();

    /// It will not be delivered. May come after [#accepted], where that was said too early.
    void refused();

    /// The sender knows that it was handled. Not every system tells.
    void processed();
  }

  /// Sends to one receiver.
  ///
  /// @return false where the client has no room for it; nothing is heard of it then
  boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome);

  /// Sends one message to all receivers.
  ///
  /// @return false where the client has no room for it; nothing is heard of it then
  boolean broadcast(Priority priority, byte[] payload, Outcome outcome);
}
