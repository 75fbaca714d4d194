package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The names of what lies in Redis.
///
/// ```
/// aegis:{<cluster>:<node>}:in:<class>     stream, one per class: h = header, e = sealed flights
/// aegis:{<cluster>:<node>}:bytes:<class>  number: bytes of e in that stream
/// aegis:<cluster>:agent:<agent>           string: epoch in 19 digits ":" node
/// aegis:<cluster>:topic:<channel>         sharded channel: header and sealed flights
/// ```
///
/// All keys of a node lie in one slot and have its lease; those of agents are spread over all.
record RedisKeys(String cluster) {
  byte[] inbox(long node, Priority priority) {
    return bytes(prefix(node) + "in:" + priority.wire());
  }

  byte[] inboxBytes(long node, Priority priority) {
    return bytes(prefix(node) + "bytes:" + priority.wire());
  }

  /// The streams of a node in the order of their classes, then their numbers of bytes.
  List<byte[]> inboxes(long node) {
    List<byte[]> keys = new ArrayList<>();
    for (Priority each : Priority.values()) {
      keys.add(inbox(node, each));
    }
    for (Priority each : Priority.values()) {
      keys.add(inboxBytes(node, each));
    }
    return keys;
  }

  /// The class of a stream.
  static Priority priority(byte[] inbox) {
    return Priority.fromWire(inbox[inbox.length - 1] - '0');
  }

  byte[] agent(String agentId) {
    return bytes("aegis:" + cluster + ":agent:" + agentId);
  }

  byte[] topic(String channel) {
    return bytes(topicPrefix() + channel);
  }

  String channel(byte[] topic) {
    return new String(topic, StandardCharsets.UTF_8).substring(topicPrefix().length());
  }

  private String topicPrefix() {
    return "aegis:" + cluster + ":topic:";
  }

  private String prefix(long node) {
    return "aegis:{" + cluster + ":" + node + "}:";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
