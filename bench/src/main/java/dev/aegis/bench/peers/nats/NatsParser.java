package dev.aegis.bench.peers.nats;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads what a NATS server sends: lines, and behind some of them a payload. Takes it in pieces cut
/// anywhere; what is copied is lines and payloads, each once. Confined to one thread.
///
/// Source: the NATS client protocol, `INFO`, `MSG`, `HMSG`, `PING`, `PONG`, `+OK`, `-ERR`.
final class NatsParser {
  private static final int MAX_LINE_BYTES = 64 << 10;
  private static final int MAX_PAYLOAD_BYTES = 64 << 20;
  private static final int LINE_END_BYTES = 2;

  /// What was read.
  interface Events {
    /// @param line valid until this returns
    /// @param headers null for none
    void message(MessageLine line, byte @Nullable [] headers, byte[] payload);

    /// Any line without a payload.
    void line(String text);
  }

  private enum State {
    LINE,
    BODY,
    LINE_END
  }

  private final Events events;
  private final MessageLine message = new MessageLine();
  private byte[] line = new byte[512];
  private int lineBytes;
  private byte[] body = new byte[0];
  private int bodyBytes;
  private int endBytes;
  private State state = State.LINE;

  NatsParser(Events events) {
    this.events = events;
  }

  /// Reads all of it.
  ///
  /// @throws IOException this is not the protocol
  void feed(ByteBuf in) throws IOException {
    while (in.isReadable()) {
      switch (state) {
        case LINE -> readLine(in);
        case BODY -> readBody(in);
        case LINE_END -> readLineEnd(in);
      }
    }
  }

  private void readLine(ByteBuf in) throws IOException {
    int end = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
    int length = (end < 0 ? in.writerIndex() : end) - in.readerIndex();
    if (lineBytes + length > MAX_LINE_BYTES) {
      throw new IOException("a NATS line is longer than " + MAX_LINE_BYTES + " bytes");
    }
    if (lineBytes + length > line.length) {
      line = Arrays.copyOf(line, Math.max(line.length * 2, lineBytes + length));
    }
    in.readBytes(line, lineBytes, length);
    lineBytes += length;
    if (end >= 0) {
      in.skipBytes(1);
      int bytes = lineBytes > 0 && line[lineBytes - 1] == '\r' ? lineBytes - 1 : lineBytes;
      lineBytes = 0;
      endOfLine(bytes);
    }
  }

  private void endOfLine(int bytes) throws IOException {
    if (message.parse(line, bytes)) {
      if (message.totalBytes() > MAX_PAYLOAD_BYTES) {
        throw new IOException("a NATS payload of " + message.totalBytes() + " bytes");
      }
      body = new byte[message.totalBytes()];
      bodyBytes = 0;
      state = body.length == 0 ? State.LINE_END : State.BODY;
      endBytes = 0;
    } else if (bytes > 0) {
      events.line(new String(line, 0, bytes, StandardCharsets.UTF_8));
    }
  }

  private void readBody(ByteBuf in) {
    int length = Math.min(in.readableBytes(), body.length - bodyBytes);
    in.readBytes(body, bodyBytes, length);
    bodyBytes += length;
    if (bodyBytes == body.length) {
      state = State.LINE_END;
    }
  }

  private void readLineEnd(ByteBuf in) throws IOException {
    byte next = in.readByte();
    if (next != (endBytes == 0 ? '\r' : '\n')) {
      throw new IOException("a NATS payload is longer than was said");
    }
    endBytes++;
    if (endBytes == LINE_END_BYTES) {
      state = State.LINE;
      int headerBytes = message.headerBytes();
      if (headerBytes == 0) {
        events.message(message, null, body);
      } else {
        events.message(
            message,
            Arrays.copyOf(body, headerBytes),
            Arrays.copyOfRange(body, headerBytes, body.length));
      }
    }
  }
}
