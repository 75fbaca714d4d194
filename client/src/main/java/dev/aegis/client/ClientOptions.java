package dev.aegis.client;

import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.BindingPolicy;
import dev.aegis.protocol.Suite;
import io.netty.channel.EventLoopGroup;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How a client connects. Immutable; `with…` gives a changed copy.
///
/// @param url `wss://host:port/ws/agent`
/// @param gatewayKey the gateway's identity, pinned: nothing about the agent is told to another
/// @param certificates PEM file of the certificates to trust for TLS; null where the pinned gateway
///   key decides alone. That is sound because channel binding ties the handshake to the TLS
///   connection: whoever ends TLS in between changes the binding value, and the handshake fails
/// @param joinToken for the first connection of an agent that enrols itself; empty otherwise
/// @param maxQueuedMessages how many messages may wait in this client before `send` refuses
/// @param loops event loops to share between clients; null for one of its own
public record ClientOptions(
    URI url,
    String agentId,
    SigningKey identity,
    VerifyingKey gatewayKey,
    @Nullable Path certificates,
    String joinToken,
    Set<Suite> suites,
    BindingPolicy bindingPolicy,
    Duration connectTimeout,
    Duration requestTimeout,
    boolean reconnect,
    Duration minBackoff,
    Duration maxBackoff,
    int maxQueuedMessages,
    @Nullable EventLoopGroup loops) {
  public ClientOptions {
    if (!"wss".equals(url.getScheme()) || url.getHost() == null) {
      throw new IllegalArgumentException("url must be wss://host[:port]/ws/agent, not " + url);
    }
    if (!AgentId.isValid(agentId)) {
      throw new IllegalArgumentException("not an agent id: " + agentId);
    }
    suites = Set.copyOf(suites);
  }

  public static ClientOptions of(
      URI url, String agentId, SigningKey identity, VerifyingKey gatewayKey) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        null,
        "",
        EnumSet.allOf(Suite.class),
        BindingPolicy.REQUIRED,
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        true,
        Duration.ofMillis(100),
        Duration.ofSeconds(20),
        65_536,
        null);
  }

  public ClientOptions withCertificates(Path value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        value,
        joinToken,
        suites,
        bindingPolicy,
        connectTimeout,
        requestTimeout,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withJoinToken(String value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        value,
        suites,
        bindingPolicy,
        connectTimeout,
        requestTimeout,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withSuites(Set<Suite> value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        joinToken,
        value,
        bindingPolicy,
        connectTimeout,
        requestTimeout,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withBindingPolicy(BindingPolicy value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        joinToken,
        suites,
        value,
        connectTimeout,
        requestTimeout,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withTimeouts(Duration connect, Duration request) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        joinToken,
        suites,
        bindingPolicy,
        connect,
        request,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withReconnect(boolean value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        joinToken,
        suites,
        bindingPolicy,
        connectTimeout,
        requestTimeout,
        value,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        loops);
  }

  public ClientOptions withLoops(EventLoopGroup value) {
    return new ClientOptions(
        url,
        agentId,
        identity,
        gatewayKey,
        certificates,
        joinToken,
        suites,
        bindingPolicy,
        connectTimeout,
        requestTimeout,
        reconnect,
        minBackoff,
        maxBackoff,
        maxQueuedMessages,
        value);
  }
}
