package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.Arrays;

/// Where flights are sent: those for one are coalesced and stay in order.
sealed interface RedisDestination {
  /// A key that lies on the same server.
  byte[] key();

  /// Who goes first on this node.
  Priority priority();

  /// What the seal is bound to.
  byte[] boundTo(Seals seals, Seals.Header header);

  AsyncCommand<byte[], byte[], Long> command(byte[] header, byte[] sealed);

  /// What Redis's answer to it means.
  SendResult result(long answer);

  /// A node's inbox, one class.
  record Inbox(RedisRequests requests, long node, Priority priority) implements RedisDestination {
    @Override
    public byte[] key() {
      return requests.keys().inbox(node, priority);
    }

    @Override
    public byte[] boundTo(Seals seals, Seals.Header header) {
      return seals.inbox(node, priority, header);
    }

    @Override
    public AsyncCommand<byte[], byte[], Long> command(byte[] header, byte[] sealed) {
      return requests.append(node, priority, header, sealed);
    }

    @Override
    public SendResult result(long answer) {
      if (answer == RedisScripts.APPENDED) {
        return SendResult.SENT;
      }
      return answer == RedisScripts.FULL ? SendResult.FULL : SendResult.NO_INBOX;
    }
  }

  /// All who have subscribed to a channel.
  record Channel(RedisRequests requests, String name) implements RedisDestination {
    @Override
    public byte[] key() {
      return requests.keys().topic(name);
    }

    @Override
    public Priority priority() {
      return Priority.NORMAL;
    }

    @Override
    public byte[] boundTo(Seals seals, Seals.Header header) {
      return seals.channel(name, header);
    }

    @Override
    public AsyncCommand<byte[], byte[], Long> command(byte[] header, byte[] sealed) {
      byte[] message = Arrays.copyOf(header, header.length + sealed.length);
      System.arraycopy(sealed, 0, message, header.length, sealed.length);
      return requests.publish(name, message);
    }

    /// How many have heard it says nothing: a cluster counts those of one server.
    @Override
    public SendResult result(long answer) {
      return SendResult.SENT;
    }
  }
}
