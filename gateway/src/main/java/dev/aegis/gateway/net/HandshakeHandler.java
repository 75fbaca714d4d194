package dev.aegis.gateway.net;

import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Login;
import dev.aegis.gateway.session.RecordOutbox;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SocketConnection;
import dev.aegis.protocol.AgentProof;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.ServerHandshake;
import dev.aegis.protocol.SessionKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs the handshake of one connection: bytes in, asymmetric work on the bounded pool while
/// reading is off, bytes out; then makes the session, puts the record handler in its own place and
/// is gone. A timer ends a peer that stops anywhere.
final class HandshakeHandler extends ChannelInboundHandlerAdapter {
  private final Edge edge;
  private final ServerHandshake handshake;
  private final HeaderHints hints;
  private boolean sentM2;
  private boolean working;
  private @Nullable ScheduledFuture<?> timer;

  HandshakeHandler(Edge edge, ServerHandshake handshake, HeaderHints hints) {
    this.edge = edge;
    this.handshake = handshake;
    this.hints = hints;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timer =
        ctx.executor()
            .schedule(
                () ->
                    ctx.fireExceptionCaught(
                        new ProtocolException(
                            CloseCode.HANDSHAKE_FAILED, "handshake took too long")),
                edge.settings().handshakeTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ScheduledFuture<?> pending = timer;
    if (pending != null) {
      pending.cancel(false);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws ProtocolException {
    ByteBuf bytes = (ByteBuf) message;
    byte[] received;
    try {
      received = new byte[bytes.readableBytes()];
      bytes.readBytes(received);
    } finally {
      bytes.release();
    }
    if (working) {
      throw new ProtocolException(CloseCode.HANDSHAKE_FAILED, "message before its turn");
    }
    working = true;
    ctx.channel().config().setAutoRead(false);
    boolean first = !sentM2;
    sentM2 = true;
    try {
      edge.handshakePool()
          .execute(() -> {
            if (first) {
              answerM1(ctx, received);
            } else {
              admitM3(ctx, received);
            }
          });
    } catch (RejectedExecutionException e) {
      throw new ProtocolException(CloseCode.HANDSHAKE_FAILED, "handshake pool is full");
    }
  }

  /// On the handshake pool.
  private void answerM1(ChannelHandlerContext ctx, byte[] m1) {
    try {
      byte[] m2 = handshake.onM1(m1);
      ctx.executor()
          .execute(() -> {
            working = false;
            ctx.writeAndFlush(
                new BinaryWebSocketFrame(Unpooled.wrappedBuffer(m2)), ctx.voidPromise());
            ctx.channel().config().setAutoRead(true);
          });
    } catch (ProtocolException | RuntimeException e) {
      ctx.executor().execute(() -> ctx.fireExceptionCaught(e));
    }
  }

  /// On the handshake pool.
  private void admitM3(ChannelHandlerContext ctx, byte[] m3) {
    try {
      AgentProof proof = handshake.onM3(m3);
      if (!hints.agreeWith(proof)) {
        throw new ProtocolException(
            CloseCode.HANDSHAKE_FAILED, "headers name another agent or key");
      }
      long revocations = edge.sessions().revocations();
      Optional<AgentAdmission> admission = edge.directory().admit(proof);
      if (admission.isEmpty()) {
        throw new ProtocolException(CloseCode.HANDSHAKE_FAILED, "agent is not admitted");
      }
      ctx.executor()
          .execute(() -> establish(ctx, proof, admission.get(), revocations, handshake.keys()));
    } catch (ProtocolException | RuntimeException e) {
      ctx.executor().execute(() -> ctx.fireExceptionCaught(e));
    }
  }

  private void establish(
      ChannelHandlerContext ctx,
      AgentProof proof,
      AgentAdmission admission,
      long revocations,
      SessionKeys keys) {
    if (!ctx.channel().isActive() || ctx.isRemoved()) {
      return;
    }
    byte[] token = new byte[32];
    edge.random().nextBytes(token);
    Session session =
        new Session(
            Login.of(proof),
            admission,
            keys.sessionHash(),
            token,
            edge.sessions().nextEpoch(),
            new SocketConnection(ctx.channel()),
            new RecordOutbox(
                ctx.channel(),
                keys.sealer(),
                edge.settings().outboxMessages(),
                edge.settings().outboxBytes(),
                edge.counters().recordsOut),
            edge.clock().millis());
    ctx.pipeline().remove(HandlerNames.BUDGET);
    ctx.pipeline()
        .replace(
            this,
            HandlerNames.RECORD,
            new RecordHandler(
                session, edge.sessions(), edge.listener(), keys.opener(), edge.counters()));
    edge.counters().handshakes.increment();
    if (edge.sessions().register(session, revocations)) {
      edge.listener().opened(session);
      ctx.channel().config().setAutoRead(true);
    }
  }
}
