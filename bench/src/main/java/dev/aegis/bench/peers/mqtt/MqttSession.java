package dev.aegis.bench.peers.mqtt;

import dev.aegis.bench.peers.wire.Link;
import dev.aegis.bench.peers.wire.LinkTarget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One MQTT client: logs on, subscribes, and does so again whenever the connection was lost. Its
/// own events come on its event loop; it can be written to from any thread.
final class MqttSession implements Link.Protocol, MqttParser.Events {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";
  private static final int RECONNECT_MILLIS = 100;

  /// What a session is for.
  interface Role {
    /// It can be used, the first time or again. Acknowledgements of subscriptions may be under way.
    ///
    /// @param sessionPresent whether the server remembers the session
    void ready(boolean sessionPresent);

    void published(int qos, int packetId, byte[] payload);

    void answered(PacketType type, int packetId);
  }

  private final LinkTarget target;
  private final EventLoop loop;
  private final String clientId;
  private final boolean cleanSession;
  private final int qos;
  private final List<String> topics;
  private final CompletableFuture<Void> connected = new CompletableFuture<>();
  private MqttParser parser = new MqttParser(this);
  private int subscribed;
  private @Nullable Role role;
  private @Nullable Link opened;
  private volatile @Nullable Link ready;
  private volatile boolean closed;

  /// @param topics to subscribe to
  /// @param qos at most this quality of service
  MqttSession(
      LinkTarget target,
      EventLoop loop,
      String clientId,
      boolean cleanSession,
      List<String> topics,
      int qos) {
    this.target = target;
    this.loop = loop;
    this.clientId = clientId;
    this.cleanSession = cleanSession;
    this.topics = new ArrayList<>(topics);
    this.qos = qos;
  }

  /// Before [#connect].
  void take(Role role) {
    this.role = role;
  }

  /// @return done when the server has accepted it and its subscriptions the first time
  CompletableFuture<Void> connect() {
    Link.open(target, loop, this);
    return connected;
  }

  /// @return false while there is no connection, or when too much waits
  boolean write(Link.Encoder encoder) {
    Link link = ready;
    return link != null && link.write(encoder);
  }

  void close() {
    closed = true;
    loop.execute(() -> {
      if (opened != null) {
        opened.close();
      }
    });
  }

  @Override
  public void opened(Link link) {
    opened = link;
    parser = new MqttParser(this);
    link.write(out -> MqttPackets.connect(out, clientId, cleanSession, USER, PASSWORD));
  }

  @Override
  public void received(ByteBuf bytes) {
    try {
      parser.feed(bytes);
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException why) {
    connected.completeExceptionally(why);
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public void connected(int code, boolean sessionPresent) {
    Link link = opened;
    if (code != 0 || link == null) {
      fail(new IOException("the server refused the connection with code " + code));
      return;
    }
    subscribed = 0;
    for (int i = 0; i < topics.size(); i++) {
      int packetId = i + 1;
      link.write(out -> MqttPackets.subscribe(out, packetId, topics.get(packetId - 1), qos));
    }
    ready = link;
    if (role != null) {
      role.ready(sessionPresent);
    }
    if (topics.isEmpty()) {
      connected.complete(null);
    }
  }

  @Override
  public void published(int qos, int packetId, byte[] payload) {
    if (role != null) {
      role.published(qos, packetId, payload);
    }
  }

  @Override
  public void answered(PacketType type, int packetId) {
    if (type == PacketType.SUBACK) {
      if (++subscribed == topics.size()) {
        connected.complete(null);
      }
    } else if (role != null) {
      role.answered(type, packetId);
    }
  }

  @Override
  public void closed(Throwable why) {
    opened = null;
    ready = null;
    if (!connected.isDone()) {
      connected.completeExceptionally(why);
    } else if (!closed && !connected.isCompletedExceptionally()) {
      loop.schedule(() -> Link.open(target, loop, this), RECONNECT_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
