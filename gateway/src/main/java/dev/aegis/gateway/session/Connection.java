package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/// What carries a session to its agent.
public interface Connection {
  /// Where everything of the session happens. Any thread.
  EventLoop loop();

  /// Whether it is there still. Any thread.
  boolean isActive();

  /// Whether the agent gets messages only as it asks for them. Constant.
  boolean pulls();

  /// Whether it begins only where no other node has the agent's mailbox, instead of taking it over.
  /// Constant.
  default boolean yields() {
    return false;
  }

  /// Stops or resumes reading from the agent. On the loop.
  void reading(boolean on);

  /// Tells the agent why, and ends. On the loop.
  void close(CloseCode code);

  /// Completes when it is gone, whoever ended it. Any thread.
  Future<?> closed();
}
