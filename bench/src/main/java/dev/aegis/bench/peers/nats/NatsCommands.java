package dev.aegis.bench.peers.nats;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// Writes what a NATS client sends.
final class NatsCommands {
  static final byte[] NOTHING = {};
  static final byte[] ACKNOWLEDGE = {'+', 'A', 'C', 'K'};

  private static final String MESSAGE_ID = "NATS/1.0\r\nNats-Msg-Id: ";
  private static final String HEADERS_END = "\r\n\r\n";

  private NatsCommands() {}

  static void connect(ByteBuf out, String user, String password) {
    text(
        out,
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,"
            + "\"lang\":\"bench\",\"version\":\"1\",\"protocol\":1,\"user\":\""
            + user
            + "\",\"pass\":\""
            + password
            + "\"}\r\n");
  }

  static void ping(ByteBuf out) {
    text(out, "PING\r\n");
  }

  static void pong(ByteBuf out) {
    text(out, "PONG\r\n");
  }

  static void subscribe(ByteBuf out, String subject, int subscription) {
    text(out, "SUB " + subject + " " + subscription + "\r\n");
  }

  static void publish(ByteBuf out, String subject, @Nullable String reply, byte[] payload) {
    text(out, "PUB ");
    text(out, subject);
    if (reply != null) {
      out.writeByte(' ');
      text(out, reply);
    }
    out.writeByte(' ');
    number(out, payload.length);
    lineEnd(out);
    out.writeBytes(payload);
    lineEnd(out);
  }

  /// With an id by which JetStream knows a repetition.
  static void publishOnce(
      ByteBuf out, String subject, String reply, String messageId, byte[] payload) {
    int headerBytes = MESSAGE_ID.length() + messageId.length() + HEADERS_END.length();
    text(out, "HPUB ");
    text(out, subject);
    out.writeByte(' ');
    text(out, reply);
    out.writeByte(' ');
    number(out, headerBytes);
    out.writeByte(' ');
    number(out, headerBytes + payload.length);
    lineEnd(out);
    text(out, MESSAGE_ID);
    text(out, messageId);
    text(out, HEADERS_END);
    out.writeBytes(payload);
    lineEnd(out);
  }

  private static void lineEnd(ByteBuf out) {
    out.writeShort(('\r' << 8) | '\n');
  }

  private static void text(ByteBuf out, String text) {
    ByteBufUtil.writeAscii(out, text);
  }

  private static void number(ByteBuf out, int value) {
    if (value >= 10) {
      number(out, value / 10);
    }
    out.writeByte('0' + value % 10);
  }
}
