package dev.aegis.bench.peers.mqtt;

import dev.aegis.bench.peers.wire.Link;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.bench.peers.wire.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One MQTT client, with its subscriptions.
final class MqttSession extends Session implements MqttParser.Events {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";

  /// What a session is for.
  interface Role {
    /// It can be used, the first time or again. Acknowledgements of subscriptions may be under way.
    ///
    /// @param sessionPresent whether the server remembers the session
    void ready(boolean sessionPresent);

    void published(int qos, int packetId, byte[] payload);

    void answered(PacketType type, int packetId);
  }

  private final String clientId;
  private final boolean cleanSession;
  private final int qos;
  private final List<String> topics;
  private MqttParser parser = new MqttParser(this);
  private int subscribed;
  private @Nullable Role role;

  /// @param topics to subscribe to
  /// @param qos at most this quality of service
  MqttSession(
      LinkTarget target,
      EventLoop loop,
      String clientId,
      boolean cleanSession,
      List<String> topics,
      int qos) {
    super(target, loop);
    this.clientId = clientId;
    this.cleanSession = cleanSession;
    this.topics = new ArrayList<>(topics);
    this.qos = qos;
  }

  /// Before [#connect].
  void take(Role role) {
    this.role = role;
  }

  @Override
  protected void logOn(Link link) {
    parser = new MqttParser(this);
    link.write(out -> MqttPackets.connect(out, clientId, cleanSession, USER, PASSWORD));
  }

  @Override
  protected void read(ByteBuf bytes) throws IOException {
    parser.feed(bytes);
  }

  @Override
  public void connected(int code, boolean sessionPresent) {
    Link link = link();
    if (code != 0 || link == null) {
      fail(new IOException("the server refused the connection with code " + code));
      return;
    }
    subscribed = 0;
    for (int i = 0; i < topics.size(); i++) {
      int packetId = i + 1;
      link.write(out -> MqttPackets.subscribe(out, packetId, topics.get(packetId - 1), qos));
    }
    accept(link);
    if (role != null) {
      role.ready(sessionPresent);
    }
    if (topics.isEmpty()) {
      complete();
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
        complete();
      }
    } else if (role != null) {
      role.answered(type, packetId);
    }
  }
}
