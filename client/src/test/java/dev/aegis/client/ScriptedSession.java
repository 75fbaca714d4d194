package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.AgentProof;
import dev.aegis.protocol.Binding;
import dev.aegis.protocol.BindingPolicy;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Control.WindowSignature;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.ServerHandshake;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.Stage;
import dev.aegis.protocol.WindowVerifier;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;
import io.netty.handler.ssl.SslHandler;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One connection of a [ScriptedGateway]. It verifies every signing window by itself; the rest is
/// up to the test, whose thread calls the methods.
final class ScriptedSession extends SimpleChannelInboundHandler<WebSocketFrame> {
  /// What stands for the close code where the connection ended without one.
  static final int NO_CLOSE_FRAME = 1006;

  private final ServerHandshake.Config config;
  private final SecureRandom random;
  private final boolean answering;
  private final Consumer<ScriptedSession> upgraded;
  private final Consumer<ScriptedSession> proven;
  private final BlockingQueue<Envelope> received = new LinkedBlockingQueue<>();
  private final List<Integer> records = new CopyOnWriteArrayList<>();
  private final List<Integer> windows = new CopyOnWriteArrayList<>();
  private final AtomicInteger signatures = new AtomicInteger();
  private final AtomicInteger binaryMessages = new AtomicInteger();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private volatile @Nullable Throwable broken;
  private volatile @Nullable AgentProof proof;
  private volatile @Nullable SessionKeys keys;
  private volatile @Nullable ChannelHandlerContext context;
  private @Nullable ServerHandshake handshake;
  private @Nullable WindowVerifier verifier;

  ScriptedSession(
      ServerHandshake.Config config,
      SecureRandom random,
      boolean answering,
      Consumer<ScriptedSession> upgraded,
      Consumer<ScriptedSession> proven) {
    this.config = config;
    this.random = random;
    this.answering = answering;
    this.upgraded = upgraded;
    this.proven = proven;
  }

  // what a test sees

  AgentProof proof() {
    AgentProof known = proof;
    assertThat(known).as("who it is").isNotNull();
    return known;
  }

  /// The next envelope of that type. Signatures on the way to it are passed over; anything else is
  /// a failure.
  <T extends Envelope> T expect(Class<T> type) throws InterruptedException {
    while (true) {
      Envelope next = received.poll(ScriptedGateway.PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(broken).as("what the session broke on").isNull();
      assertThat(next).as("a " + type.getSimpleName()).isNotNull();
      if (type.isInstance(next)) {
        return type.cast(next);
      }
      assertThat(next).isInstanceOf(WindowSignature.class);
    }
  }

  /// The next `count` messages.
  List<Message> messages(int count) throws InterruptedException {
    List<Message> all = new ArrayList<>();
    while (all.size() < count) {
      all.add(expect(Message.class));
    }
    return all;
  }

  /// Asks the agent for a sign of life and gives what came before it, signatures aside.
  List<Envelope> untilHeartbeat(long number) throws InterruptedException {
    send(new Control.Heartbeat(number, false));
    List<Envelope> before = new ArrayList<>();
    while (true) {
      Envelope next = received.poll(ScriptedGateway.PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("an answer to the heartbeat").isNotNull();
      if (next.equals(new Control.Heartbeat(number, true))) {
        return before;
      }
      if (!(next instanceof WindowSignature)) {
        before.add(next);
      }
    }
  }

  /// How many envelopes each record held.
  List<Integer> records() {
    return List.copyOf(records);
  }

  /// How many messages each verified window covered.
  List<Integer> windows() {
    return List.copyOf(windows);
  }

  /// Signatures that came, wanted or not.
  int signatures() {
    return signatures.get();
  }

  int binaryMessages() {
    return binaryMessages.get();
  }

  /// The close code of the agent, once the connection has ended.
  int closedWith() throws Exception {
    return closed.get(ScriptedGateway.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  // what a test does

  ScriptedSession welcome(Greeting greeting) {
    onLoop(ctx ->
        verifier =
            greeting.signing()
                ? new WindowVerifier(
                    proof().key(), session().sessionHash(), Limits.defaults().maxUnsignedMessages())
                : null);
    send(greeting.welcome(proof().agentId()));
    return this;
  }

  /// Sends these in one record.
  void send(Envelope... envelopes) {
    onLoop(ctx -> write(ctx, sealed(envelopes)));
  }

  void stored(UUID... ids) {
    receipt(Stage.STORED, ids);
  }

  void receipt(Stage stage, UUID... ids) {
    send(new Control.Receipt(stage, 0, List.of(ids), null, 1, 1_000));
  }

  void deliver(long sequence, Message message) {
    deliver(7, sequence, message);
  }

  void deliver(long epoch, long sequence, Message message) {
    send(
        new Control.Delivery(
            epoch, sequence, 1, 1_000, ByteBuffer.wrap(EnvelopeCodec.encode(message))));
  }

  /// Done once the system has taken all that was sent so far.
  CompletableFuture<Void> allHasLeft() {
    CompletableFuture<Void> left = new CompletableFuture<>();
    onLoop(
        ctx -> ctx.writeAndFlush(new PongWebSocketFrame()).addListener(_ -> left.complete(null)));
    return left;
  }

  /// Sends a record of these with one bit flipped.
  void tamper(Envelope... envelopes) {
    onLoop(ctx -> {
      byte[] record = sealed(envelopes);
      record[record.length / 2] ^= 1;
      write(ctx, record);
    });
  }

  void sendBytes(byte[] message) {
    onLoop(ctx -> write(ctx, message));
  }

  void sendText(String text) {
    onLoop(ctx -> ctx.writeAndFlush(new TextWebSocketFrame(text)));
  }

  void close(CloseCode code) {
    onLoop(ctx -> ctx.writeAndFlush(new CloseWebSocketFrame(code.wire(), code.text())));
  }

  /// Drops the connection as a crash would.
  void abort() {
    onLoop(ctx -> {
      ((SocketChannel) ctx.channel()).config().setSoLinger(0);
      ctx.channel().unsafe().closeForcibly();
    });
  }

  // on the event loop

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof HandshakeComplete complete) {
      context = ctx;
      String host = complete.requestHeaders().get(HttpHeaderNames.HOST);
      Binding binding =
          new Binding(
              BindingPolicy.REQUIRED,
              TlsBinding.values(ctx.pipeline().get(SslHandler.class).engine()));
      handshake = new ServerHandshake(config, random, Dialer.SUBPROTOCOL, host, binding);
      upgraded.accept(this);
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) throws Exception {
    switch (frame) {
      case BinaryWebSocketFrame binary -> {
        byte[] bytes = ByteBufUtil.getBytes(binary.content());
        int number = binaryMessages.getAndIncrement();
        if (!answering) {
          return;
        }
        if (number == 0) {
          write(ctx, shaking().onM1(bytes));
        } else if (number == 1) {
          proof = shaking().onM3(bytes);
          keys = shaking().keys();
          proven.accept(this);
        } else {
          record(bytes);
        }
      }
      case CloseWebSocketFrame close -> {
        closed.complete(close.statusCode());
        ctx.close();
      }
      default -> throw new IllegalStateException("unexpected " + frame);
    }
  }

  private void record(byte[] bytes) throws Exception {
    int length = session().opener().open(bytes, 0, bytes.length);
    FlightReader flight = new FlightReader(bytes, 0, length);
    int count = 0;
    WindowVerifier verifying = verifier;
    while (flight.next()) {
      Envelope envelope = EnvelopeCodec.decode(bytes, flight.offset(), flight.length());
      if (verifying != null && envelope instanceof Message) {
        verifying.add(bytes, flight.offset(), flight.length());
      }
      if (envelope instanceof WindowSignature signature) {
        signatures.incrementAndGet();
        if (verifying != null) {
          windows.add(verifying.verify(signature).count());
        }
      }
      count++;
      received.add(envelope);
    }
    records.add(count);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof java.io.IOException)) {
      broken = cause;
    }
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed.complete(NO_CLOSE_FRAME);
  }

  private ServerHandshake shaking() {
    ServerHandshake running = handshake;
    if (running == null) {
      throw new IllegalStateException("not upgraded");
    }
    return running;
  }

  private SessionKeys session() {
    SessionKeys made = keys;
    if (made == null) {
      throw new IllegalStateException("no session");
    }
    return made;
  }

  private byte[] sealed(Envelope... envelopes) {
    FlightWriter flight = new FlightWriter(1_024);
    for (Envelope envelope : envelopes) {
      flight.append(EnvelopeCodec.encode(envelope));
    }
    return flight.seal(session().sealer());
  }

  private static void write(ChannelHandlerContext ctx, byte[] message) {
    ctx.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(message)));
  }

  private void onLoop(Consumer<ChannelHandlerContext> task) {
    ChannelHandlerContext ctx = context;
    assertThat(ctx).as("an upgraded connection").isNotNull();
    ctx.executor().execute(() -> task.accept(ctx));
  }
}
