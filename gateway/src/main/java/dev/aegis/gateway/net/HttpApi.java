package dev.aegis.gateway.net;

import io.netty.channel.ChannelHandler;

/// The REST side of the TLS port: one handler per connection, which gets every full request that is
/// not an upgrade.
public interface HttpApi {
  /// The largest request body, in bytes.
  int maxBodyBytes();

  ChannelHandler newHandler();
}
