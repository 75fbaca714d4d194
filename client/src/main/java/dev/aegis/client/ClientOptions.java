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
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// How a client connects. Immutable; `with…` gives a changed copy and throws
/// [IllegalArgumentException] for a value that makes no sense.
public final class ClientOptions {
  private static final int DEFAULT_QUEUED_MESSAGES = 65_536;
  private static final long DEFAULT_QUEUED_BYTES = 64L << 20;

  private final Values values;

  private ClientOptions(Values values) {
    this.values = values;
  }

  /// @param url `wss://host:port/ws/agent`
  /// @param gatewayKey the gateway's identity, pinned: nothing about the agent is told to another
  public static ClientOptions of(
      URI url, String agentId, SigningKey identity, VerifyingKey gatewayKey) {
    requireUrl(url);
    require(AgentId.isValid(agentId), "not an agent id: " + agentId);
    return new ClientOptions(new Values(url, agentId, identity, gatewayKey));
  }

  /// The nodes of a cluster, in place of the one URL. They have the same identity, and any serves
  /// any agent. The client goes through them in a random order of its own: each try to connect goes
  /// to the next one.
  public ClientOptions withGateways(List<URI> urls) {
    require(!urls.isEmpty(), "at least one url is needed");
    urls.forEach(ClientOptions::requireUrl);
    return with(v -> v.gateways = List.copyOf(urls));
  }

  /// A PEM file of the certificates to trust for TLS. Without one the pinned gateway key decides
  /// alone. That is sound because channel binding ties the handshake to the TLS connection: whoever
  /// ends TLS in between changes the binding value, and the handshake fails.
  public ClientOptions withCertificates(Path value) {
    return with(v -> v.certificates = value);
  }

  /// For the first connection of an agent that enrols itself; empty otherwise.
  public ClientOptions withJoinToken(String value) {
    return with(v -> v.joinToken = value);
  }

  /// The suites offered; the gateway takes the strongest it knows.
  public ClientOptions withSuites(Set<Suite> value) {
    require(!value.isEmpty(), "at least one suite must be offered");
    return with(v -> v.suites = Set.copyOf(value));
  }

  /// `REQUIRED` unless TLS ends at a proxy in front of the gateway.
  public ClientOptions withBindingPolicy(BindingPolicy value) {
    return with(v -> v.bindingPolicy = value);
  }

  /// How long a session may take to come about, which is also how long `close` lets things finish;
  /// and how long a request waits for its response.
  public ClientOptions withTimeouts(Duration connect, Duration request) {
    require(connect.isPositive() && request.isPositive(), "timeouts must be positive");
    return with(v -> {
      v.connectTimeout = connect;
      v.requestTimeout = request;
    });
  }

  /// Whether a lost connection is made again; `true` unless said otherwise.
  public ClientOptions withReconnect(boolean value) {
    return with(v -> v.reconnect = value);
  }

  /// The pause before the second try, doubled with each one after it up to `max`. Half of it is
  /// random.
  public ClientOptions withBackoff(Duration min, Duration max) {
    require(min.isPositive() && max.compareTo(min) >= 0, "backoff must be 0 < min <= max");
    return with(v -> {
      v.minBackoff = min;
      v.maxBackoff = max;
    });
  }

  /// How many messages, and bytes of them, may wait in the client: not yet written, or durable and
  /// without their receipt. Beyond either, `send` fails with [QueueFullException]; the last eighth
  /// of the messages is for critical and high ones. As many requests may await their response.
  public ClientOptions withQueue(int maxMessages, long maxBytes) {
    require(maxMessages > 0 && maxBytes > 0, "the queue must have room");
    return with(v -> {
      v.maxQueuedMessages = maxMessages;
      v.maxQueuedBytes = maxBytes;
    });
  }

  /// Where finished messages are remembered until the gateway confirms them. In memory unless said
  /// otherwise; a durable one keeps exactly-once across a restart of the agent. It belongs to the
  /// caller, who closes it after the client.
  public ClientOptions withProcessedLog(ProcessedLog value) {
    return with(v -> v.processedLog = value);
  }

  /// How often, at least, the gateway is told of a durable message whose handler takes long that it
  /// is still worked on, so that it is not delivered again meanwhile. More often where the sender
  /// asks for a short `timeout`. 20 seconds unless said otherwise; it must be well below the
  /// gateway's ack timeout, which is 120 seconds unless configured.
  public ClientOptions withSignOfLife(Duration every) {
    require(every.isPositive(), "the interval must be positive");
    return with(v -> v.signOfLife = every);
  }

  /// Event loops (NIO or epoll, see [EventLoops]) to share between clients. Without them a client
  /// has one of its own.
  public ClientOptions withLoops(EventLoopGroup value) {
    return with(v -> v.loops = value);
  }

  /// Where the gateway is; of the nodes of a cluster the first.
  public URI url() {
    return values.gateways.getFirst();
  }

  /// Where the gateway is, or each node of a cluster.
  public List<URI> gateways() {
    return values.gateways;
  }

  public String agentId() {
    return values.agentId;
  }

  public SigningKey identity() {
    return values.identity;
  }

  public VerifyingKey gatewayKey() {
    return values.gatewayKey;
  }

  public @Nullable Path certificates() {
    return values.certificates;
  }

  public String joinToken() {
    return values.joinToken;
  }

  public Set<Suite> suites() {
    return values.suites;
  }

  public BindingPolicy bindingPolicy() {
    return values.bindingPolicy;
  }

  public Duration connectTimeout() {
    return values.connectTimeout;
  }

  public Duration requestTimeout() {
    return values.requestTimeout;
  }

  public boolean reconnect() {
    return values.reconnect;
  }

  public Duration minBackoff() {
    return values.minBackoff;
  }

  public Duration maxBackoff() {
    return values.maxBackoff;
  }

  public int maxQueuedMessages() {
    return values.maxQueuedMessages;
  }

  public long maxQueuedBytes() {
    return values.maxQueuedBytes;
  }

  public ProcessedLog processedLog() {
    return values.processedLog;
  }

  public Duration signOfLife() {
    return values.signOfLife;
  }

  public @Nullable EventLoopGroup loops() {
    return values.loops;
  }

  /// Names no secret.
  @Override
  public String toString() {
    return "ClientOptions of " + values.agentId + " at " + place();
  }

  /// For people to read.
  String place() {
    return values.gateways.stream().map(URI::toString).collect(Collectors.joining(" or "));
  }

  private ClientOptions with(Consumer<Values> change) {
    Values changed = new Values(values);
    change.accept(changed);
    return new ClientOptions(changed);
  }

  private static void requireUrl(URI url) {
    require(
        "wss".equals(url.getScheme()) && url.getHost() != null,
        "url must be wss://host[:port]/ws/agent, not " + url);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /// Written only before the options that hold it are handed out.
  private static final class Values {
    List<URI> gateways;
    final String agentId;
    final SigningKey identity;
    final VerifyingKey gatewayKey;
    @Nullable Path certificates;
    String joinToken = "";
    Set<Suite> suites = Set.copyOf(EnumSet.allOf(Suite.class));
    BindingPolicy bindingPolicy = BindingPolicy.REQUIRED;
    Duration connectTimeout = Duration.ofSeconds(10);
    Duration requestTimeout = Duration.ofSeconds(30);
    boolean reconnect = true;
    Duration minBackoff = Duration.ofMillis(100);
    Duration maxBackoff = Duration.ofSeconds(20);
    int maxQueuedMessages = DEFAULT_QUEUED_MESSAGES;
    long maxQueuedBytes = DEFAULT_QUEUED_BYTES;
    ProcessedLog processedLog = ProcessedLog.inMemory();
    Duration signOfLife = Duration.ofSeconds(20);
    @Nullable EventLoopGroup loops;

    Values(URI url, String agentId, SigningKey identity, VerifyingKey gatewayKey) {
      this.gateways = List.of(url);
      this.agentId = agentId;
      this.identity = identity;
      this.gatewayKey = gatewayKey;
    }

    Values(Values from) {
      this(from.gateways.getFirst(), from.agentId, from.identity, from.gatewayKey);
      this.gateways = from.gateways;
      this.certificates = from.certificates;
      this.joinToken = from.joinToken;
      this.suites = from.suites;
      this.bindingPolicy = from.bindingPolicy;
      this.connectTimeout = from.connectTimeout;
      this.requestTimeout = from.requestTimeout;
      this.reconnect = from.reconnect;
      this.minBackoff = from.minBackoff;
      this.maxBackoff = from.maxBackoff;
      this.maxQueuedMessages = from.maxQueuedMessages;
      this.maxQueuedBytes = from.maxQueuedBytes;
      this.processedLog = from.processedLog;
      this.signOfLife = from.signOfLife;
      this.loops = from.loops;
    }
  }
}
