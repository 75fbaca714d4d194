package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

/// A WebSocket.
public record SocketConnection(Channel channel) implements Connection {
  @Override
  public EventLoop loop() {
    return channel.eventLoop();
  }

  @Override
  public boolean isActive() {
    return channel.isActive();
  }

  @Override
  public boolean pulls() {
    return false;
  }

  /// TCP pushes back meanwhile.
  @Override
  public void reading(boolean on) {
    channel.config().setAutoRead(on);
  }

  @Override
  public void close(CloseCode code) {
    Farewell.close(channel, code);
  }

  @Override
  public Future<?> closed() {
    return channel.closeFuture();
  }
}
