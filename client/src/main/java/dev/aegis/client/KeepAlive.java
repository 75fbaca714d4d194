package dev.aegis.client;

import dev.aegis.protocol.Control;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Sends heartbeats while nothing is read, for then no ping is answered: this keeps the gateway
/// from thinking that the client is gone. Confined to the event loop.
final class KeepAlive {
  private final EventLoop loop;
  private final Predicate<Uplink> isCurrent;
  private final Runnable flush;
  private boolean beating;

  /// @param isCurrent whether a session is the one that goes on
  KeepAlive(EventLoop loop, Predicate<Uplink> isCurrent, Runnable flush) {
    this.loop = loop;
    this.isCurrent = isCurrent;
    this.flush = flush;
  }

  /// Stops or resumes reading from a session.
  void reading(Uplink link, boolean on) {
    link.channel().config().setAutoRead(on);
    if (!on && !beating && link.heartbeatMillis() > 0) {
      beating = true;
      beat(link);
    }
  }

  private void beat(Uplink link) {
    if (!isCurrent.test(link) || link.channel().config().isAutoRead()) {
      beating = false;
      return;
    }
    link.control(new Control.Heartbeat(0, false));
    flush.run();
    loop.schedule(() -> beat(link), link.heartbeatMillis(), TimeUnit.MILLISECONDS);
  }
}
