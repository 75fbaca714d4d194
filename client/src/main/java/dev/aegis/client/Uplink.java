package dev.aegis.client;

import dev.aegis.crypto.RecordSealer;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.CloseCode;
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
import java.util.UUID;
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

  /// Nobody waits for acks by the millisecond: they go at this least interval, the first at once,
  /// and all with whatever else is written.
  private static final long ACK_PACE_NANOS = 10_000_000;

  /// Nothing waits for the signature of best-effort messages, and it costs the gateway as much as
  /// dozens of them do: it takes its time, and goes with a record that goes when most of it is
  /// over.
  private static final long BEST_EFFORT_WINDOW_NANOS = 20_000_000;

  private static final long BEST_EFFORT_SOONER_NANOS = 5_000_000;

  /// A session ends so many records before its key may seal no more: one flush writes fewer, as it
  /// stops once the connection does not take more.
  static final int LAST_RECORDS = 1 << 16;

  /// So many messages are worth a flight before its time.
  static final int FULL_FLIGHT_MESSAGES = 32;

  private final Channel channel;
  private final SessionKeys keys;
  private final Welcome welcome;
  private final LongSupplier nanoTime;
  private final Runnable flushAgain;
  private final Pace pace = new Pace();
  private final WindowSigner signer;
  private final FlightWriter flight;
  private final int targetBytes;
  private final ArrayDeque<Control> control = new ArrayDeque<>();
  private final long urgentCredit;
  private long creditMessages;
  private long creditBytes;
  private long sentMessages;
  private long sentBytes;
  private long lastSignatureNanos;
  private boolean durableUnsigned;
  private long lastAckNanos;
  private int flushesScheduled;
  private long nextFlushNanos;
  private boolean draining;
  private boolean asks;
  private boolean written;

  /// @param flushAgain has [#flush] called, soon
  Uplink(
      Channel channel,
      SessionKeys keys,
      Welcome welcome,
      SigningKey identity,
      LongSupplier nanoTime,
      Runnable flushAgain) {
    this.channel = channel;
    this.keys = keys;
    this.welcome = welcome;
    this.nanoTime = nanoTime;
    this.flushAgain = flushAgain;
    this.signer = new WindowSigner(identity, keys.sessionHash());
    this.targetBytes =
        Math.min(RECORD_TARGET_BYTES, welcome.maxRecordBytes() - RecordSealer.TAG_BYTES);
    this.flight = new FlightWriter(targetBytes);
    this.creditMessages = welcome.creditMessages();
    this.urgentCredit = welcome.creditMessages() / Item.URGENT_SHARE;
    this.creditBytes = welcome.creditBytes();
    this.lastSignatureNanos = nanoTime.getAsLong() - BEST_EFFORT_WINDOW_NANOS;
    this.lastAckNanos = nanoTime.getAsLong() - ACK_PACE_NANOS;
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

  /// Asks the gateway for a sign of life, with the next flush.
  void ask() {
    asks = true;
  }

  /// The gateway takes no more messages: acks and heartbeats only.
  void drain() {
    draining = true;
  }

  /// Writes what is due.
  ///
  /// @return whether it comes back by itself for durable messages that are submitted meanwhile
  boolean flush(Outgoing outgoing, Inbox inbox) {
    if (!channel.isActive() || !channel.isWritable()) {
      return false;
    }
    if (keys.sealer().remaining() <= LAST_RECORDS) {
      end();
      return false;
    }
    long now = nanoTime.getAsLong();
    if (asks) {
      asks = false;
      append(EnvelopeCodec.encode(new Control.Heartbeat(0, false)));
    }
    for (Control next = control.poll(); next != null; next = control.poll()) {
      append(EnvelopeCodec.encode(next));
    }
    messages(outgoing, now);
    if (signer.pending() > 0 && untilSignature(now) <= sooner()) {
      sign(now);
    }
    if (!flight.isEmpty() || untilAck(now) <= 0) {
      acks(inbox, now);
    }
    writeRecord();
    flushChannel();
    scheduleFlush(outgoing.waiting() > 0, inbox.hasAcks(), now);
    return flushesScheduled > 0 && nextFlushNanos - now <= untilFlight(now);
  }

  /// Signs what has gone without: nothing comes after it.
  void signOff() {
    if (signer.pending() > 0 && channel.isActive()) {
      sign(nanoTime.getAsLong());
      writeRecord();
      flushChannel();
    }
  }

  /// A new session goes on. Not from within whoever flushes.
  private void end() {
    LinkEnd why = new LinkEnd.Closed(CloseCode.SESSION_LIMIT);
    channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(why));
  }

  /// Whether it will flush by itself, before long.
  boolean comesBack() {
    return flushesScheduled > 0;
  }

  private void acks(Inbox inbox, long now) {
    for (Control.Ack ack = inbox.takeAck(); ack != null; ack = inbox.takeAck()) {
      append(EnvelopeCodec.encode(ack));
      lastAckNanos = now;
    }
  }

  /// Until durable messages go, with the signature that lets the gateway store them.
  private long untilFlight(long now) {
    return lastSignatureNanos + pace.nanos() - now;
  }

  /// Until what has gone is signed.
  private long untilSignature(long now) {
    return durableUnsigned ? untilFlight(now) : lastSignatureNanos + BEST_EFFORT_WINDOW_NANOS - now;
  }

  /// How much before its time a record that goes takes the signature along.
  private long sooner() {
    if (flight.isEmpty()) {
      return 0;
    }
    return durableUnsigned ? Pace.SHORTEST_NANOS : BEST_EFFORT_SOONER_NANOS;
  }

  private long untilAck(long now) {
    return lastAckNanos + ACK_PACE_NANOS - now;
  }

  /// The gateway has answered for a message.
  void answered(UUID id) {
    pace.answered(id, nanoTime.getAsLong());
  }

  private void messages(Outgoing outgoing, long now) {
    boolean early = untilFlight(now) > 0 && outgoing.waiting() < FULL_FLIGHT_MESSAGES;
    while (!draining && channel.isWritable()) {
      Item item = outgoing.peek(sentMessages >= creditMessages - urgentCredit);
      if (item == null || (early && item.durable)) {
        return;
      }
      ErrorCode misfit = misfit(item);
      if (misfit != null) {
        outgoing.unsendable(new RefusedException(misfit, "larger than the gateway takes", 0));
      } else if (hasCredit(item)) {
        send(outgoing, item, now);
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

  private void send(Outgoing outgoing, Item item, long now) {
    append(item.envelope);
    sentMessages++;
    sentBytes += item.envelope.length;
    if (item.durable) {
      pace.written(item.id, now);
    }
    if (welcome.signingRequired()) {
      signer.add(item.envelope, 0, item.envelope.length);
      durableUnsigned |= item.durable;
      if (signer.pending() >= Limits.WINDOW_MESSAGES) {
        sign(now);
      }
    }
    outgoing.written();
  }

  /// Comes back for what waits for its time. What waits for credit or for the connection is woken
  /// by these.
  private void scheduleFlush(boolean messagesWait, boolean acksWait, long now) {
    long in = Long.MAX_VALUE;
    if (messagesWait && untilFlight(now) > 0) {
      in = untilFlight(now);
    }
    if (signer.pending() > 0 && untilSignature(now) > 0) {
      in = Math.min(in, untilSignature(now));
    }
    if (acksWait && untilAck(now) > 0) {
      in = Math.min(in, untilAck(now));
    }
    if (in == Long.MAX_VALUE || (flushesScheduled > 0 && nextFlushNanos - now <= in)) {
      return;
    }
    flushesScheduled++;
    nextFlushNanos = now + in;
    channel
        .eventLoop()
        .schedule(
            () -> {
              flushesScheduled--;
              flushAgain.run();
            },
            in,
            TimeUnit.NANOSECONDS);
  }

  private void sign(long now) {
    append(EnvelopeCodec.encode(signer.sign()));
    lastSignatureNanos = now;
    durableUnsigned = false;
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
      written = true;
    }
  }

  /// Not for nothing: TLS would look into each empty flush, of which there is one after all that
  /// arrives.
  private void flushChannel() {
    if (written) {
      written = false;
      channel.flush();
    }
  }
}
