package dev.aegis.client;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.SessionKeys;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.FastThreadLocal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last phase of a connection: opens records and hands their envelopes on, the welcome as a
/// [Welcomed] event. An envelope that does not decode is passed over, as in a later revision there
/// may be more kinds.
final class RecordHandler extends SimpleChannelInboundHandler<ByteBuf> {
  private static final Logger log = LoggerFactory.getLogger(RecordHandler.class);

  /// The session stands.
  record Welcomed(SessionKeys keys, Control.Welcome welcome) {}

  /// Records are opened in it, one at a time: fresh heap for each would not be in any cache.
  private static final FastThreadLocal<byte[]> OF_LOOP = new FastThreadLocal<>();

  private static final int MAX_KEPT_BYTES = 128 * 1024;

  private final SessionKeys keys;
  private boolean welcomed;

  RecordHandler(SessionKeys keys) {
    this.keys = keys;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) throws ProtocolException {
    int length = bytes.readableBytes();
    byte[] record = OF_LOOP.get();
    if (record == null || record.length < length) {
      record = new byte[length];
    }
    OF_LOOP.remove(); // nobody else's meanwhile
    try {
      bytes.readBytes(record, 0, length);
      read(ctx, record, length);
    } finally {
      if (record.length <= MAX_KEPT_BYTES) {
        OF_LOOP.set(record);
      }
    }
  }

  private void read(ChannelHandlerContext ctx, byte[] record, int sealedLength)
      throws ProtocolException {
    int length;
    try {
      length = keys.opener().open(record, 0, sealedLength);
    } catch (AuthenticationException e) {
      throw new ProtocolException(CloseCode.BAD_RECORD, "record did not open");
    }
    FlightReader flight = new FlightReader(record, 0, length);
    if (!welcomed) {
      welcome(ctx, flight, record);
      return;
    }
    while (flight.next()) {
      try {
        ctx.fireChannelRead(EnvelopeCodec.decode(record, flight.offset(), flight.length()));
      } catch (EnvelopeException e) {
        log.debug("ignored an envelope of the gateway: {}", e.reason());
      }
    }
  }

  private void welcome(ChannelHandlerContext ctx, FlightReader flight, byte[] record)
      throws ProtocolException {
    Envelope first = null;
    if (flight.next()) {
      try {
        first = EnvelopeCodec.decode(record, flight.offset(), flight.length());
      } catch (EnvelopeException e) {
        log.debug("the first envelope of the gateway does not decode: {}", e.reason());
      }
    }
    if (!(first instanceof Control.Welcome welcome) || flight.next()) {
      throw new ProtocolException(CloseCode.PROTOCOL_ERROR, "the welcome comes first, and alone");
    }
    welcomed = true;
    ctx.fireUserEventTriggered(new Welcomed(keys, welcome));
  }
}
