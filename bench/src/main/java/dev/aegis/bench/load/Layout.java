package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which gateways the agents of a run connect to, each kind in turn, and what makes all receivers
/// hear one message.
///
/// @param topic that receivers subscribe to and a message to all of them goes to; null where it is
///   a broadcast
public record Layout(
    List<GatewayAccess> senders, List<GatewayAccess> receivers, @Nullable String topic) {
  public Layout {
    senders = List.copyOf(senders);
    receivers = List.copyOf(receivers);
  }

  static Layout at(GatewayAccess gateway) {
    return new Layout(List.of(gateway), List.of(gateway), null);
  }

  GatewayAccess sender(int index) {
    return senders.get(index % senders.size());
  }

  GatewayAccess receiver(int index) {
    return receivers.get(index % receivers.size());
  }
}
