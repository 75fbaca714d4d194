package dev.aegis.client;

import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.WindowSigner;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/// The sending half of one session: puts what waits into records as large as useful, within the
/// gateway's credit, and signs windows as PROTOCOL.md section 7 asks. Confined to the event loop.
final class Uplink {
  private static final int RECORD_TARGET_BYTES = 16 * 1024;
  private static final long MIN_SIGNING_INTERVAL_NANOS = 2_000_000;

  private final Channel channel;
  private final SessionKeys keys;
  private final WindowSigner signer;
  private final boolean signing;
  private final FlightWriter flight = new FlightWriter(RECORD_TARGET_BYTES);
  private final ArrayDeque<byte[]> control = new ArrayDeque<>();
  private long creditMessages;
  private long creditBytes;
  private long sentMessages;
  private long sentBytes;
  private long lastSignatureNanos;
  private boolean signatureScheduled;

  Uplink(Channel channel, SessionKeys keys, Control.Welcome welcome, SigningKey identity) {
    this.channel = channel;
    this.keys = keys;
    this.signer = new WindowSigner(identity, keys.sessionHash());
    this.signing = welcome.signingRequired();
    this.creditMessages = welcome.creditMessages();
    this.creditBytes = welcome.creditBytes();
    this.lastSignatureNanos = System.nanoTime() - MIN_SIGNING_INTERVAL_NANOS;
  }

  Channel channel() {
    return channel;
  }

  void credit(long messages, long bytes) {
    creditMessages = Math.max(creditMessages, messages);
    creditBytes = Math.max(creditBytes, bytes);
  }

  void control(Control envelope) {
    control.add(EnvelopeCodec.encode(envelope));
  }

  void flush(SendQueue queue, Inbox inbox) {
    if (!channel.isActive()) {
      return;
    }
    Control.Ack taken = inbox.takeTaken();
    if (taken != null) {
      control(taken);
    }
    Control.Ack acks = inbox.takeAcks();
    if (acks != null) {
      control(acks);
    }
    for (byte[] next = control.poll(); next != null; next = control.poll()) {
      append(next);
    }
    SendQueue.Item item = queue.peek();
    while (item != null && channel.isWritable() && hasCredit(item)) {
      send(queue, item);
      item = queue.peek();
    }
    if (signing && signer.pending() > 0) {
      signWhenDue(queue, inbox);
    }
    writeRecord();
    channel.flush();
  }

  private boolean hasCredit(SendQueue.Item item) {
    return sentMessages < creditMessages && sentBytes + item.envelope.length <= creditBytes;
  }

  private void send(SendQueue queue, SendQueue.Item item) {
    append(item.envelope);
    sentMessages++;
    sentBytes += item.envelope.length;
    queue.written(item);
    if (signing) {
      signer.add(item.envelope, 0, item.envelope.length);
      if (signer.pending() >= Limits.WINDOW_MESSAGES) {
        sign();
      }
    }
    if (!item.message.guarantee().isDurable()) {
      item.sent.accepted().complete(null);
    }
  }

  /// The queue has run dry, or cannot go on: sign now, or as soon as the least interval allows.
  private void signWhenDue(SendQueue queue, Inbox inbox) {
    long wait = lastSignatureNanos + MIN_SIGNING_INTERVAL_NANOS - System.nanoTime();
    if (wait <= 0) {
      sign();
    } else if (!signatureScheduled) {
      signatureScheduled = true;
      channel
          .eventLoop()
          .schedule(
              () -> {
                signatureScheduled = false;
                flush(queue, inbox);
              },
              wait,
              TimeUnit.NANOSECONDS);
    }
  }

  private void sign() {
    append(EnvelopeCodec.encode(signer.sign()));
    lastSignatureNanos = System.nanoTime();
  }

  private void append(byte[] envelope) {
    if (!flight.isEmpty()
        && flight.size() + FlightWriter.itemBytes(envelope.length) > RECORD_TARGET_BYTES) {
      writeRecord();
    }
    flight.append(envelope);
  }

  private void writeRecord() {
    if (!flight.isEmpty()) {
      channel.write(
          new BinaryWebSocketFrame(Unpooled.wrappedBuffer(flight.seal(keys.sealer()))),
          channel.voidPromise());
    }
  }
}
