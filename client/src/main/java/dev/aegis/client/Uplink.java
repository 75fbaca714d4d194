package dev.aegis.client;

import dev.aegis.crypto.RecordSealer;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Control.Welcome;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.WindowSigner;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The sending half of one session: puts what waits into records as large as useful, within the
/// gateway's credit, and signs windows as PROTOCOL.md section 7 asks. Confined to the event loop.
///
/// Nothing is written while the connection does not take more: then everything stays where it
/// waits, and that is bounded.
final class Uplink {
  private static final int RECORD_TARGET_BYTES = 16 * 1024;
  private static final long MIN_SIGNING_INTERVAL_NANOS = 2_000_000;

  private final Channel channel;
  private final SessionKeys keys;
  private final Welcome welcome;
  private final LongSupplier nanoTime;
  private final WindowSigner signer;
  private final FlightWriter flight;
  private final int targetBytes;
  private final ArrayDeque<Control> control = new ArrayDeque<>();
  private long creditMessages;
  private long creditBytes;
  private long sentMessages;
  private long sentBytes;
  private long lastSignatureNanos;
  private boolean signatureScheduled;
  private boolean draining;

  Uplink(
      Channel channel,
      SessionKeys keys,
      Welcome welcome,
      SigningKey identity,
      LongSupplier nanoTime) {
    this.channel = channel;
    this.keys = keys;
    this.welcome = welcome;
    this.nanoTime = nanoTime;
    this.signer = new WindowSigner(identity, keys.sessionHash());
    this.targetBytes =
        Math.min(RECORD_TARGET_BYTES, welcome.maxRecordBytes() - RecordSealer.TAG_BYTES);
    this.flight = new FlightWriter(targetBytes);
    this.creditMessages = welcome.creditMessages();
    this.creditBytes = welcome.creditBytes();
    this.lastSignatureNanos = nanoTime.getAsLong() - MIN_SIGNING_INTERVAL_NANOS;
  }

  Channel channel() {
    return channel;
  }

  long heartbeatMillis() {
    return welcome.heartbeatMillis();
  }

  void credit(long messages, long bytes) {
    creditMessages = Math.max(creditMessages, messages);
    creditBytes = Math.max(creditBytes, bytes);
  }

  /// Goes with the next flush. Whoever calls it does so at most once for something that is itself
  /// bounded.
  void control(Control envelope) {
    control.add(envelope);
  }

  /// Answers a heartbeat; not while the connection does not take more.
  void answer(Control.Heartbeat heartbeat) {
    if (channel.isWritable()) {
      control(new Control.Heartbeat(heartbeat.number(), true));
    }
  }

  /// The gateway takes no more messages: acks and heartbeats only.
  void drain() {
    draining = true;
  }

  void flush(Outgoing outgoing, Inbox inbox) {
    if (!channel.isActive() || !channel.isWritable()) {
      return;
    }
    for (Control.Ack ack = inbox.takeAck(); ack != null; ack = inbox.takeAck()) {
      control(ack);
    }
    for (Control next = control.poll(); next != null; next = control.poll()) {
      append(EnvelopeCodec.encode(next));
    }
    messages(outgoing);
    if (signer.pending() > 0) {
      signWhenDue(outgoing, inbox);
    }
    writeRecord();
    channel.flush();
  }

  private void messages(Outgoing outgoing) {
    while (!draining && channel.isWritable()) {
      Item item = outgoing.peek();
      if (item == null) {
        return;
      }
      ErrorCode misfit = misfit(item);
      if (misfit != null) {
        outgoing.unsendable(new RefusedException(misfit, "larger than the gateway takes", 0));
      } else if (hasCredit(item)) {
        send(outgoing, item);
      } else {
        return;
      }
    }
  }

  /// Why the gateway could never take it, or null. Sent all the same, it would end this session and
  /// each one after it.
  private @Nullable ErrorCode misfit(Item item) {
    if (item.payloadBytes > welcome.maxPayloadBytes()) {
      return ErrorCode.PAYLOAD_TOO_LARGE;
    }
    int record = FlightWriter.itemBytes(item.envelope.length) + RecordSealer.TAG_BYTES;
    boolean tooLarge =
        record > welcome.maxRecordBytes() || item.envelope.length > welcome.creditBytes();
    return tooLarge ? ErrorCode.ENVELOPE_TOO_LARGE : null;
  }

  private boolean hasCredit(Item item) {
    return sentMessages < creditMessages && sentBytes + item.envelope.length <= creditBytes;
  }

  private void send(Outgoing outgoing, Item item) {
    append(item.envelope);
    sentMessages++;
    sentBytes += item.envelope.length;
    if (welcome.signingRequired()) {
      signer.add(item.envelope, 0, item.envelope.length);
      if (signer.pending() >= Limits.WINDOW_MESSAGES) {
        sign();
      }
    }
    outgoing.written();
  }

  /// The queue has run dry, or cannot go on: sign now, or as soon as the least interval allows.
  private void signWhenDue(Outgoing outgoing, Inbox inbox) {
    long wait = lastSignatureNanos + MIN_SIGNING_INTERVAL_NANOS - nanoTime.getAsLong();
    if (wait <= 0) {
      sign();
    } else if (!signatureScheduled) {
      signatureScheduled = true;
      channel
          .eventLoop()
          .schedule(
              () -> {
                signatureScheduled = false;
                flush(outgoing, inbox);
              },
              wait,
              TimeUnit.NANOSECONDS);
    }
  }

  private void sign() {
    append(EnvelopeCodec.encode(signer.sign()));
    lastSignatureNanos = nanoTime.getAsLong();
  }

  private void append(byte[] envelope) {
    if (!flight.isEmpty()
        && flight.size() + FlightWriter.itemBytes(envelope.length) > targetBytes) {
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
