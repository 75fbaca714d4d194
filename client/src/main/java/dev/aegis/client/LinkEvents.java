package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.SessionKeys;
import io.netty.channel.Channel;

/// What a connection tells its client, on the event loop. After [#ended], which comes once, nothing
/// more.
interface LinkEvents {
  void established(Channel channel, SessionKeys keys, Control.Welcome welcome);

  void envelope(Envelope envelope);

  /// The connection takes more again.
  void writable();

  /// Nothing was heard of the gateway for so long that it is to be asked.
  void silent();

  void ended(LinkEnd end);
}
