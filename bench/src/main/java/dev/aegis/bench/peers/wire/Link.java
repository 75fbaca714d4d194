package dev.aegis.bench.peers.wire;

import dev.aegis.client.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One WebSocket over TLS 1.3. What is written is gathered: all of it that comes before the event
/// loop's next turn goes as one binary frame with one flush, and while the socket takes no more it
/// goes on being gathered, up to a bound.
public final class Link {
  /// Beyond, nothing more is taken.
  private static final int MAX_GATHERED_BYTES = 32 << 20;

  private static final int INITIAL_BYTES = 16 << 10;
  private static final int MAX_UPGRADE_BODY_BYTES = 8 << 10;
  private static final int MAX_FRAME_BYTES = 64 << 20;
  private static final int CONNECT_MILLIS = 10_000;
  private static final int NO_MASK = 0;
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 << 10, 256 << 10);

  /// The protocol inside. Everything is called on the link's event loop.
  public interface Protocol {
    /// The WebSocket is open.
    void opened(Link link);

    /// Bytes of a frame, which need not end where a message does. Valid until this returns.
    void received(ByteBuf bytes);

    /// The link has ended, or did not come about. Called once.
    void closed(Throwable why);
  }

  /// Puts one message's bytes behind what is there.
  public interface Encoder {
    void encode(ByteBuf out);
  }

  private final Channel channel;
  private final Object lock = new Object();
  private @Nullable ByteBuf gathered;
  private boolean scheduled;
  private boolean ended;

  private Link(Channel channel) {
    this.channel = channel;
  }

  /// Begins to connect.
  public static void open(LinkTarget target, EventLoop loop, Protocol protocol) {
    new Bootstrap()
        .group(loop)
        .channel(EventLoops.channelType(loop))
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                initialize(channel, target, protocol);
              }
            })
        .connect(target.url().getHost(), target.url().getPort())
        .addListener(done -> {
          if (!done.isSuccess()) {
            protocol.closed(done.cause());
          }
        });
  }

  private static void initialize(SocketChannel channel, LinkTarget target, Protocol protocol) {
    WebSocketClientProtocolConfig upgrade =
        WebSocketClientProtocolConfig.newBuilder()
            .webSocketUri(target.url())
            .subprotocol(target.subprotocol())
            .maxFramePayloadLength(MAX_FRAME_BYTES)
            .withUTF8Validator(false)
            .handshakeTimeoutMillis(CONNECT_MILLIS)
            .build();
    channel
        .pipeline()
        .addLast(
            "tls",
            target
                .tls()
                .newHandler(channel.alloc(), target.url().getHost(), target.url().getPort()))
        .addLast("http", new HttpClientCodec())
        .addLast("body", new HttpObjectAggregator(MAX_UPGRADE_BODY_BYTES))
        .addLast("upgrade", new WebSocketClientProtocolHandler(upgrade))
        .addLast("tail", new Tail(new Link(channel), protocol));
  }

  /// Any thread.
  ///
  /// @return false when the link has ended or too much waits already; nothing was encoded then
  public boolean write(Encoder encoder) {
    boolean schedule;
    synchronized (lock) {
      if (ended) {
        return false;
      }
      ByteBuf out = gathered;
      if (out == null) {
        out = channel.alloc().buffer(INITIAL_BYTES);
        gathered = out;
      } else if (out.readableBytes() > MAX_GATHERED_BYTES) {
        return false;
      }
      encoder.encode(out);
      schedule = !scheduled;
      scheduled = true;
    }
    if (schedule) {
      channel.eventLoop().execute(this::flush);
    }
    return true;
  }

  private void flush() {
    ByteBuf out;
    synchronized (lock) {
      if (!channel.isWritable() && !ended) {
        return; // `scheduled` stays: the socket's having room again is the next occasion
      }
      scheduled = false;
      out = gathered;
      gathered = null;
    }
    if (out != null) {
      channel.writeAndFlush(new BinaryWebSocketFrame(out), channel.voidPromise());
    }
  }

  /// Closes the connection. Any thread.
  public void close() {
    channel.close();
  }

  private void end() {
    synchronized (lock) {
      ended = true;
      if (gathered != null) {
        gathered.release();
        gathered = null;
      }
    }
  }

  /// Hands over to the protocol inside.
  private static final class Tail extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final Link link;
    private final Protocol protocol;
    private @Nullable Throwable failure;

    Tail(Link link, Protocol protocol) {
      this.link = link;
      this.protocol = protocol;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == WebSocketClientProtocolHandler.ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
        // The mask of zero, as agents of Aegis have it: neither side then passes over every byte.
        ctx.pipeline()
            .replace("ws-encoder", "ws-encoder", new WebSocket13FrameEncoder(() -> NO_MASK));
        protocol.opened(link);
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      protocol.received(frame.content());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) {
        link.flush();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      failure = cause;
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      link.end();
      Throwable why = failure;
      protocol.closed(why == null ? new IOException("the server closed the connection") : why);
    }
  }
}
