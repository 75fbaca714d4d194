package dev.aegis.gateway.net;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/// Opens records and hands their flights to the router; owns the end of the session.
final class RecordHandler extends ChannelInboundHandlerAdapter {
  private final Session session;
  private final Sessions sessions;
  private final SessionListener listener;
  private final RecordOpener opener;
  private final NetCounters counters;

  RecordHandler(
      Session session,
      Sessions sessions,
      SessionListener listener,
      RecordOpener opener,
      NetCounters counters) {
    this.session = session;
    this.sessions = sessions;
    this.listener = listener;
    this.opener = opener;
    this.counters = counters;
  }

  Session session() {
    return session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    byte[] record;
    ByteBuf bytes = (ByteBuf) message;
    try {
      // a heap array: the JDK's cipher works in place on it, and what crosses to other threads is
      // heap bytes
      record = new byte[bytes.readableBytes()];
      bytes.readBytes(record);
    } finally {
      bytes.release();
    }
    if (!session.isOpen()) {
      return;
    }
    counters.recordsIn.increment();
    counters.bytesIn.add(record.length);
    int length;
    try {
      length = opener.open(record, 0, record.length);
    } catch (AuthenticationException e) {
      throw new ProtocolException(CloseCode.BAD_RECORD, "record did not open");
    }
    listener.flight(session, record, 0, length);
    if (opener.remaining() == 0) {
      throw new ProtocolException(CloseCode.SESSION_LIMIT, "record numbers are used up");
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      session.outbox().flush();
      listener.writable(session);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    CloseCode code = session.closeCode();
    sessions.unregister(session);
    opener.destroy();
    listener.closed(session, code == null ? CloseCode.NORMAL : code);
    ctx.fireChannelInactive();
  }
}
