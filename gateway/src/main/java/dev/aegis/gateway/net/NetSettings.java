package dev.aegis.gateway.net;

import dev.aegis.protocol.BindingPolicy;
import dev.aegis.protocol.Limits;
import java.net.InetSocketAddress;
import java.time.Duration;

/// How the gateway meets the network.
///
/// @param handshakeTimeout from the upgrade to the end of the handshake
/// @param failureDelay from a message that fails the handshake to the close
/// @param heartbeat silence after which a connection is pinged; three of them end it
public record NetSettings(
    InetSocketAddress listen,
    int eventLoops,
    int maxConnections,
    Duration handshakeTimeout,
    Duration failureDelay,
    Duration heartbeat,
    BindingPolicy bindingPolicy,
    Limits limits,
    int outboxMessages,
    long outboxBytes) {
  public static NetSettings defaults(InetSocketAddress listen) {
    return new NetSettings(
        listen,
        Runtime.getRuntime().availableProcessors(),
        100_000,
        Duration.ofSeconds(10),
        Duration.ofMillis(250),
        Duration.ofSeconds(30),
        BindingPolicy.IF_AVAILABLE,
        Limits.defaults(),
        8_192,
        32L * 1024 * 1024);
  }

  public NetSettings withListen(InetSocketAddress address) {
    return new NetSettings(
        address,
        eventLoops,
        maxConnections,
        handshakeTimeout,
        failureDelay,
        heartbeat,
        bindingPolicy,
        limits,
        outboxMessages,
        outboxBytes);
  }

  public NetSettings withTimers(Duration timeout, Duration delay, Duration beat) {
    return new NetSettings(
        listen,
        eventLoops,
        maxConnections,
        timeout,
        delay,
        beat,
        bindingPolicy,
        limits,
        outboxMessages,
        outboxBytes);
  }
}
