package dev.aegis.gateway.session;

import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.ClassQueues;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.ProtocolException;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;

/// What waits for an agent at the other end of a socket: control envelopes first, then messages by
/// class, a lower class keeping a minimum share. [#flush] puts as much as the channel takes into
/// records and flushes once. The session ends with the last record that its key may seal.
public final class RecordOutbox implements Outbox {
  /// Where filling a record stops; one larger envelope still makes a record of its own.
  private static final int RECORD_TARGET_BYTES = 16 * 1024;

  /// One for all sessions of a loop: it is needed between two writes only, and one for each session
  /// would be most of what an idle session takes.
  private static final FastThreadLocal<FlightWriter> FLIGHT =
      new FastThreadLocal<>() {
        @Override
        protected FlightWriter initialValue() {
          return new FlightWriter(RECORD_TARGET_BYTES);
        }
      };

  private static final int CONGESTED_ENVELOPES = 4_096;
  private static final long CONGESTED_BYTES = 1L << 20;

  private final Channel channel;
  private final RecordSealer sealer;
  private final int maxMessages;
  private final long maxBytes;
  private final LongAdder records;
  private final ArrayDeque<byte[]> control = new ArrayDeque<>();
  private final ClassQueues<byte[]> messages = new ClassQueues<>();
  private long bytes;
  private long controlBytes;

  /// @param records counts the records that are written
  public RecordOutbox(
      Channel channel, RecordSealer sealer, int maxMessages, long maxBytes, LongAdder records) {
    this.channel = channel;
    this.sealer = sealer;
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
    this.records = records;
  }

  @Override
  public void control(byte[] envelope) {
    control.add(envelope);
    controlBytes += envelope.length;
  }

  @Override
  public boolean congested() {
    return control.size() >= CONGESTED_ENVELOPES || controlBytes >= CONGESTED_BYTES;
  }

  @Override
  public boolean choked() {
    return control.size() >= 16 * CONGESTED_ENVELOPES || controlBytes >= 16 * CONGESTED_BYTES;
  }

  @Override
  public boolean offer(Priority priority, byte[] envelope) {
    if (messages.size() >= maxMessages
        || (messages.size() > 0 && bytes + envelope.length > maxBytes)) {
      return false;
    }
    messages.add(priority, envelope);
    bytes += envelope.length;
    return true;
  }

  @Override
  public void flush() {
    boolean written = false;
    FlightWriter flight = FLIGHT.get();
    while (sealer.remaining() > 0 && channel.isWritable() && fill(flight)) {
      channel.write(
          new BinaryWebSocketFrame(Unpooled.wrappedBuffer(flight.seal(sealer))),
          channel.voidPromise());
      records.increment();
      written = true;
    }
    if (written) {
      channel.flush();
      if (sealer.remaining() == 0) {
        end();
      }
    }
  }

  /// Not from within whoever flushes: ending a session flushes too.
  private void end() {
    ProtocolException why =
        new ProtocolException(CloseCode.SESSION_LIMIT, "record numbers are used up");
    channel.eventLoop().execute(() -> channel.pipeline().fireExceptionCaught(why));
  }

  @Override
  public void clear() {
    control.clear();
    controlBytes = 0;
    messages.clear();
    bytes = 0;
  }

  private boolean fill(FlightWriter flight) {
    flight.clear(); // had sealing another session's failed, it would still be there
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
