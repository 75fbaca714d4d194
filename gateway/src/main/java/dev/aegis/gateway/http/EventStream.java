package dev.aegis.gateway.http;

/// What goes on after the head of a response has been sent: server-sent events.
@FunctionalInterface
interface EventStream {
  /// Begins. What is returned is closed when the connection is gone.
  ///
  /// @param sink takes text until then; any thread; never blocks
  AutoCloseable open(Sink sink);

  /// The connection.
  interface Sink {
    void send(String text);

    /// Ends the connection after what was sent.
    void end();
  }
}
