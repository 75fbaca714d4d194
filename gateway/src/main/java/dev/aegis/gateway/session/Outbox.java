package dev.aegis.gateway.session;

import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.ClassQueues;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.Priority;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;

/// What waits to be sent to one agent: control envelopes first, then messages by class, a lower
/// class keeping a minimum share. [#flush] puts as much as the channel takes into records and
/// flushes once.
///
/// Confined to the session's event loop. Bounded in messages and bytes: [#offer] refuses beyond,
/// and the caller says so to the sender. Control envelopes are taken always; once [#congested],
/// what the agent sends is not read until it has read the answers.
public final class Outbox {
  /// Where filling a record stops; one larger envelope still makes a record of its own.
  private static final int RECORD_TARGET_BYTES = 16 * 1024;

  private static final int CONGESTED_ENVELOPES = 4_096;
  private static final long CONGESTED_BYTES = 1L << 20;

  private final Channel channel;
  private final RecordSealer sealer;
  private final int maxMessages;
  private final long maxBytes;
  private final LongAdder records;
  private final FlightWriter flight = new FlightWriter(RECORD_TARGET_BYTES);
  private final ArrayDeque<byte[]> control = new ArrayDeque<>();
  private final ClassQueues<byte[]> messages = new ClassQueues<>();
  private long bytes;
  private long controlBytes;

  /// @param records counts the records that are written
  public Outbox(
      Channel channel, RecordSealer sealer, int maxMessages, long maxBytes, LongAdder records) {
    this.channel = channel;
    this.sealer = sealer;
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.records = records;
  }

  /// Queues an encoded control envelope ahead of all messages.
  public void control(byte[] envelope) {
    control.add(envelope);
    controlBytes += envelope.length;
  }

  /// Whether the agent has been sent more answers than it reads.
  public boolean congested() {
    return control.size() >= CONGESTED_ENVELOPES || controlBytes >= CONGESTED_BYTES;
  }

  /// Whether not even news from others should be added: the agent has not read for long.
  public boolean choked() {
    return control.size() >= 16 * CONGESTED_ENVELOPES || controlBytes >= 16 * CONGESTED_BYTES;
  }

  /// Queues an encoded delivery; false when the bound is reached.
  public boolean offer(Priority priority, byte[] envelope) {
    if (messages.size() >= maxMessages
        || (messages.size() > 0 && bytes + envelope.length > maxBytes)) {
      return false;
    }
    messages.add(priority, envelope);
    bytes += envelope.length;
    return true;
  }

  public int queuedMessages() {
    return messages.size();
  }

  public long queuedBytes() {
    return bytes;
  }

  /// Sends what waits, as far as the channel is writable.
  public void flush() {
    boolean written = false;
    while (channel.isWritable() && fillFlight()) {
      channel.write(
          new BinaryWebSocketFrame(Unpooled.wrappedBuffer(flight.seal(sealer))),
          channel.voidPromise());
      records.increment();
      written = true;
    }
    if (written) {
      channel.flush();
    }
  }

  /// Drops what waits; the connection is gone.
  void clear() {
    control.clear();
    controlBytes = 0;
    messages.clear();
    bytes = 0;
  }

  private boolean fillFlight() {
    while (true) {
      byte[] next = control.peek();
      boolean isControl = next != null;
      if (next == null) {
        next = messages.peek();
      }
      if (next == null) {
        break;
      }
      if (!flight.isEmpty()
          && flight.size() + FlightWriter.itemBytes(next.length) > RECORD_TARGET_BYTES) {
        break;
      }
      flight.append(next);
      if (isControl) {
        control.remove();
        controlBytes -= next.length;
      } else {
        messages.remove();
        bytes -= next.length;
      }
    }
    return !flight.isEmpty();
  }
}
