package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.crypto.DevCertificate;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.ServerHandshake;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The network edge on a real port, without a router behind it: what is sent in the wrong place,
/// too late, too long or twice ends that one connection with its code.
class EdgeIT {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey GATEWAY = PRIMITIVES.ed25519().generate(RANDOM);
  private static final SigningKey AGENT = PRIMITIVES.ed25519().generate(RANDOM);
  private static final Duration TIMEOUT = Duration.ofMillis(800);
  private static final Duration HEARTBEAT = Duration.ofSeconds(2);
  private static final int MAX_RECORD = Limits.defaults().maxRecordBytes();

  @TempDir Path directory;

  private final BlockingQueue<ChannelPipeline> pipelines = new LinkedBlockingQueue<>();
  private final Map<Session, CloseCode> ended = new ConcurrentHashMap<>();
  private final BlockingQueue<byte[]> flights = new LinkedBlockingQueue<>();
  private final NetCounters counters = new NetCounters();
  private final Sessions sessions = new Sessions(InstantSource.system());
  private TlsContext tls;
  private GatewayServer server;

  @BeforeEach
  void start() throws Exception {
    writeCertificate();
    tls = new TlsContext(directory.resolve("tls.crt"), directory.resolve("tls.key"));
    server =
        GatewayServer.start(
            NetSettings.defaults(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .withTimers(TIMEOUT, Duration.ofMillis(20), HEARTBEAT),
            tls,
            new ServerHandshake.Config(PRIMITIVES, GATEWAY, new UUID(1, 2), true, MAX_RECORD),
            proof ->
                proof.agentId().startsWith("known")
                    ? Optional.of(new AgentAdmission("default", true))
                    : Optional.empty(),
            sessions,
            new Recording(),
            new CapturingApi(),
            counters,
            RANDOM,
            InstantSource.system());
  }

  @AfterEach
  void stop() {
    server.close();
    tls.close();
    assertThat(server.connections()).isZero();
    assertThat(counters.internalErrors.sum()).isZero();
    LeakPresenceDetector.check();
  }

  @Test
  void everyPhaseHasItsPipeline() throws Exception {
    try (RawConnection plain = new RawConnection(port())) {
      assertThat(names(take(pipelines)))
          .containsExactly("tls", "http", "deadline", "route", "body", "api", "failure");
      plain.send("\r\n");
    }
    try (RawAgent agent = agent("known-phases")) {
      ChannelPipeline pipeline = take(pipelines);
      await()
          .atMost(TIMEOUT)
          .untilAsserted(() ->
              assertThat(names(pipeline))
                  .containsExactly(
                      "tls",
                      "wsencoder",
                      "budget",
                      "wsdecoder",
                      "aggregator",
                      "idle",
                      "frame",
                      "handshake",
                      "failure"));
      agent.sendM1();
      agent.sendM3();
      agent.next();
      assertThat(names(pipeline))
          .containsExactly(
              "tls", "wsencoder", "wsdecoder", "aggregator", "idle", "frame", "record", "failure");
    }
  }

  @Test
  void aPeerThatStopsAnywhereIsClosed() throws Exception {
    try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port());
        RawConnection afterTls = new RawConnection(port());
        RawConnection inRequest = new RawConnection(port());
        RawConnection inBody = new RawConnection(port());
        RawConnection beforeM1 = new RawConnection(port());
        RawAgent inM1 = agent("known-a");
        RawAgent beforeM3 = agent("known-b")) {
      inRequest.send("GET /ws/agent HTTP/1.1\r\nHost: ");
      inBody.send("POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
      assertThat(beforeM1.upgrade()).isEqualTo(101);
      byte[] m1 = RawConnection.frameBytes(RawConnection.BINARY, true, inM1.m1());
      inM1.connection().send(Arrays.copyOf(m1, m1.length / 2));
      beforeM3.sendM1();
      assertThat(beforeM3.connection().read().opcode()).isEqualTo(RawConnection.BINARY);

      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(afterTls.status()).isZero();
      assertThat(inRequest.status()).isZero();
      assertThat(inBody.status()).isZero();
      assertThat(beforeM1.closeCode()).isEqualTo(4400);
      assertThat(inM1.connection().closeCode()).isEqualTo(4400);
      assertThat(beforeM3.connection().closeCode()).isEqualTo(4400);
    }
  }

  @Test
  void whatIsNotTlsOrNotHttpIsClosed() throws Exception {
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), port())) {
      plain.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = plain.getInputStream().readAllBytes();
      assertThat(answer.length).as("a TLS alert at most").isLessThan(16);
    }
    try (RawConnection garbage = new RawConnection(port())) {
      garbage.send(" \u0001\u0002 garbage\r\n\r\n");
      assertThat(garbage.status()).isEqualTo(400);
    }
  }

  @Test
  void tooLongRequestsAreRefusedWithTheirStatus() throws Exception {
    assertThat(statusOf("GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n\r\n")).isEqualTo(414);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Long: " + "a".repeat(9_000))))
        .isEqualTo(431);
    assertThat(statusOf("POST /api HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n"))
        .isEqualTo(413);
  }

  @Test
  void anUpgradeThatIsNoneIsRefused() throws Exception {
    String good = RawConnection.upgradeRequest();
    assertThat(statusOf(good.replace("Upgrade: websocket", "X: y"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Connection: Upgrade", "X: y"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Sec-WebSocket-Key", "X"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Host", "X"))).isEqualTo(400);
    assertThat(statusOf(good.replace("aegis.v1.msgpack", "mqtt"))).isEqualTo(400);
    assertThat(statusOf(good.replace("Version: 13", "Version: 12"))).isEqualTo(426);
    assertThat(statusOf(good.replace("GET", "POST"))).isEqualTo(400);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Agent-ID: not an id"))).isEqualTo(400);
    assertThat(statusOf(RawConnection.upgradeRequest("X-Agent-Public-Key: AAAA"))).isEqualTo(400);
  }

  @Test
  void aHintThatContradictsTheHandshakeEndsIt() throws Exception {
    String key = Base64.getEncoder().encodeToString(AGENT.verifyingKey().bytes());
    String other = Base64.getEncoder().encodeToString(GATEWAY.verifyingKey().bytes());
    for (String wrong : List.of("X-Agent-ID: known-x", "X-Agent-Public-Key: " + other)) {
      try (RawAgent agent = agent("known-c", wrong)) {
        agent.sendM1();
        agent.sendM3();
        assertThat(agent.connection().closeCode()).isEqualTo(4400);
      }
    }
    try (RawAgent agent = agent("known-c", "X-Agent-ID: known-c", "X-Agent-Public-Key: " + key)) {
      agent.sendM1();
      agent.sendM3();
      assertThat(agent.next()).isNotNull();
    }
  }

  @Test
  void everyFailureBeforeAuthenticationLooksTheSame() throws Exception {
    List<RawConnection.Frame> ends = new ArrayList<>();
    try (RawConnection c = upgraded()) {
      c.send(new byte[] {(byte) 0xff, 0x7f, 1, 2, 3, 4, 5, 6, 7});
      ends.add(c.read());
    }
    try (RawConnection c = upgraded()) {
      c.frame(RawConnection.TEXT, new byte[] {'x'});
      ends.add(c.read());
    }
    try (RawConnection c = upgraded()) {
      c.frame(RawConnection.BINARY, new byte[200]);
      ends.add(c.read());
    }
    try (RawConnection c = upgraded()) {
      c.frame(RawConnection.BINARY, false, new byte[8_000]);
      c.frame(RawConnection.CONTINUATION, false, new byte[8_000]);
      ends.add(c.read());
    }
    try (RawConnection c = upgraded()) { // announces a megabyte and sends what fits into no budget
      byte[] start = RawConnection.frameBytes(RawConnection.BINARY, true, new byte[1_000_000]);
      c.send(Arrays.copyOf(start, 9_000));
      ends.add(c.read());
    }
    try (RawAgent replay = agent("known-d")) {
      replay.sendM1();
      replay.sendM1();
      assertThat(replay.connection().read().opcode()).isEqualTo(RawConnection.BINARY);
      ends.add(replay.connection().read());
    }
    try (RawAgent unknown = agent("stranger")) {
      unknown.sendM1();
      unknown.sendM3();
      ends.add(unknown.connection().read());
    }
    assertThat(ends)
        .allSatisfy(end -> {
          assertThat(end.closeCode()).isEqualTo(4400);
          assertThat(end.closeText()).isEqualTo("handshake failed");
        });
    assertThat(counters.handshakeFailures.sum()).isEqualTo(7);
  }

  @Test
  void aSecondM1OfAnotherConnectionMakesAHandshakeOfItsOwn() throws Exception {
    byte[] recorded;
    try (RawAgent first = agent("known-e")) {
      recorded = first.m1();
      first.sendM1();
      first.sendM3();
      first.next();
      byte[] m3 = first.m3();
      try (RawConnection replay = upgraded()) {
        replay.frame(RawConnection.BINARY, recorded);
        assertThat(replay.read().opcode()).isEqualTo(RawConnection.BINARY);
        replay.frame(RawConnection.BINARY, m3);
        assertThat(replay.closeCode()).as("M3 is bound to its M2").isEqualTo(4400);
      }
      first.send(heartbeat());
      assertThat(take(flights)).as("the session replayed from is not disturbed").isNotEmpty();
    }
  }

  @Test
  void aReplayedM3IsARecordThatDoesNotOpen() throws Exception {
    try (RawAgent agent = connected("known-f")) {
      agent.connection().frame(RawConnection.BINARY, agent.m3());
      assertThat(agent.connection().closeCode()).isEqualTo(4403);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"replayed", "tampered", "truncated", "empty", "out of order"})
  void aRecordThatDoesNotOpenEndsTheSession(String how) throws Exception {
    try (RawAgent agent = connected("known-g");
        RawAgent neighbour = connected("known-h")) {
      byte[] first = agent.record(heartbeat());
      byte[] second = agent.record(heartbeat());
      switch (how) {
        case "replayed" -> {
          agent.connection().frame(RawConnection.BINARY, first);
          agent.connection().frame(RawConnection.BINARY, first);
        }
        case "tampered" -> {
          first[3] ^= 1;
          agent.connection().frame(RawConnection.BINARY, first);
        }
        case "truncated" ->
            agent.connection().frame(RawConnection.BINARY, Arrays.copyOf(first, first.length - 1));
        case "empty" -> agent.connection().frame(RawConnection.BINARY, new byte[0]);
        default -> agent.connection().frame(RawConnection.BINARY, second);
      }
      assertThat(agent.connection().closeCode()).isEqualTo(4403);
      await().untilAsserted(() -> assertThat(ended.values()).contains(CloseCode.BAD_RECORD));
      flights.clear();
      neighbour.send(heartbeat());
      assertThat(take(flights)).isNotEmpty();
    }
  }

  @Test
  void framesThatArePartOfNoRecordEndTheSession() throws Exception {
    try (RawAgent agent = connected("known-i")) {
      agent.connection().frame(RawConnection.TEXT, new byte[] {'x'});
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
    try (RawAgent agent = connected("known-i")) {
      agent.connection().send(new byte[] {(byte) 0x82, 1, 0}); // not masked
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
    try (RawAgent agent = connected("known-i")) {
      agent.connection().frame(RawConnection.CONTINUATION, new byte[3]);
      assertThat(agent.connection().closeCode()).isEqualTo(4405);
    }
  }

  @Test
  void aFrameOverTheLimitIsRefusedByItsHeaderAlone() throws Exception {
    try (RawAgent agent = connected("known-j")) {
      byte[] frame = RawConnection.frameBytes(RawConnection.BINARY, true, new byte[MAX_RECORD + 1]);
      agent.connection().send(Arrays.copyOf(frame, 14));
      assertThat(agent.connection().closeCode()).isEqualTo(4406);
    }
    try (RawAgent agent = connected("known-j")) {
      agent.connection().frame(RawConnection.BINARY, false, new byte[MAX_RECORD]);
      agent.connection().frame(RawConnection.CONTINUATION, true, new byte[1]);
      assertThat(agent.connection().closeCode()).isEqualTo(4406);
    }
  }

  @Test
  void aRecordMayComeInFragments() throws Exception {
    try (RawAgent agent = connected("known-k")) {
      byte[] record = agent.record(heartbeat());
      agent.connection().frame(RawConnection.BINARY, false, Arrays.copyOf(record, 5));
      agent
          .connection()
          .frame(RawConnection.CONTINUATION, true, Arrays.copyOfRange(record, 5, record.length));
      assertThat(take(flights)).isNotEmpty();
    }
  }

  @Test
  void aPingIsAnsweredAndAClosedPeerIsToldSo() throws Exception {
    try (RawAgent agent = connected("known-l")) {
      agent.connection().frame(RawConnection.PING, new byte[] {7});
      RawConnection.Frame pong = agent.connection().read();
      assertThat(pong.opcode()).isEqualTo(RawConnection.PONG);
      assertThat(pong.payload()).containsExactly(7);
      agent.connection().frame(RawConnection.CLOSE, new byte[] {3, (byte) 0xe8});
      assertThat(agent.connection().closeCode()).isEqualTo(1000);
    }
  }

  @Test
  void aSilentPeerIsPingedAndThenGivenUp() throws Exception {
    try (RawAgent agent = connected("known-m")) {
      assertThat(agent.connection().read().opcode()).isEqualTo(RawConnection.PING);
      assertThat(agent.connection().read().opcode()).isEqualTo(RawConnection.PING);
      assertThat(agent.connection().closeCode()).isEqualTo(4407);
    }
  }

  @Test
  void aNewerLoginTakesOver() throws Exception {
    try (RawAgent older = connected("known-n");
        RawAgent newer = connected("known-n")) {
      assertThat(older.connection().closeCode()).isEqualTo(4402);
      assertThat(sessions.size()).isEqualTo(1);
      newer.send(heartbeat());
      assertThat(take(flights)).isNotEmpty();
    }
  }

  @Test
  void aRevokedAgentIsCutOff() throws Exception {
    try (RawAgent agent = connected("known-o")) {
      sessions.revoke("known-o");
      assertThat(agent.connection().closeCode()).isEqualTo(4401);
    }
  }

  @Test
  void aDrainTellsEveryAgentAndTakesNoMore() throws Exception {
    try (RawAgent agent = connected("known-p");
        RawAgent late = agent("known-q")) {
      server.drain(Duration.ofMillis(300));
      assertThat(agent.next(Control.Goodbye.class).closeCode()).isEqualTo(4408);
      assertThat(agent.connection().closeCode()).isEqualTo(4408);
      assertThatThrownBy(() -> new RawConnection(port())).isInstanceOf(IOException.class);
      late.sendM1();
      late.sendM3();
      assertThat(late.connection().closeCode()).isEqualTo(4408);
    }
  }

  @Test
  void aNewCertificateIsShownToNewConnectionsOnly() throws Exception {
    try (RawAgent agent = connected("known-r")) {
      var before = agent.connection().certificate();
      writeCertificate();
      Files.setLastModifiedTime(
          directory.resolve("tls.crt"), FileTime.from(Instant.now().plusSeconds(5)));
      tls.reloadIfChanged();
      try (RawConnection next = new RawConnection(port())) {
        assertThat(next.certificate()).isNotEqualTo(before);
      }
      Files.writeString(directory.resolve("tls.key"), "no key");
      Files.setLastModifiedTime(
          directory.resolve("tls.key"), FileTime.from(Instant.now().plusSeconds(9)));
      tls.reloadIfChanged();
      new RawConnection(port()).close();
      agent.send(heartbeat());
      assertThat(take(flights)).isNotEmpty();
    }
  }

  @Test
  void anAddressThatFailsTooOftenWaits() throws Exception {
    int status = 101;
    for (int i = 0; i < 200 && status == 101; i++) {
      try (RawConnection connection = new RawConnection(port())) {
        status = connection.upgrade();
      }
    }
    assertThat(status).isEqualTo(429);
  }

  private int statusOf(String request) throws IOException {
    try (RawConnection connection = new RawConnection(port())) {
      connection.send(request);
      return connection.status();
    }
  }

  private RawConnection upgraded() throws IOException {
    RawConnection connection = new RawConnection(port());
    assertThat(connection.upgrade()).isEqualTo(101);
    return connection;
  }

  private RawAgent agent(String id, String... headers) throws IOException {
    return new RawAgent(port(), id, AGENT, GATEWAY.verifyingKey(), headers);
  }

  private RawAgent connected(String id) throws Exception {
    return RawAgent.connected(port(), id, AGENT, GATEWAY.verifyingKey());
  }

  private int port() {
    return server.address().getPort();
  }

  private static byte[] heartbeat() {
    return EnvelopeCodec.encode(new Control.Heartbeat(1, false));
  }

  private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T taken = queue.poll(20, TimeUnit.SECONDS);
    assertThat(taken).isNotNull();
    return taken;
  }

  private static List<String> names(ChannelPipeline pipeline) {
    return pipeline.names().stream().filter(name -> !name.contains("#")).toList();
  }

  private void writeCertificate() throws Exception {
    DevCertificate made =
        DevCertificate.create(
            List.of("localhost"),
            List.of(InetAddress.getLoopbackAddress()),
            Instant.now().minusSeconds(60),
            Duration.ofDays(1),
            RANDOM);
    Files.writeString(directory.resolve("tls.crt"), made.certificatePem());
    Files.writeString(directory.resolve("tls.key"), made.privateKeyPem());
  }

  /// Stands where the router stands.
  private final class Recording implements SessionListener {
    @Override
    public void opened(Session session) {
      session.control(new Control.Heartbeat(1, true));
      session.outbox().flush();
    }

    @Override
    public void flight(Session session, byte[] buffer, int offset, int length) {
      flights.add(Arrays.copyOfRange(buffer, offset, offset + length));
    }

    @Override
    public void writable(Session session) {}

    @Override
    public void closed(Session session, CloseCode code) {
      ended.put(session, code);
    }
  }

  /// Keeps the pipeline of every connection.
  private final class CapturingApi implements HttpApi {
    @Override
    public int maxBodyBytes() {
      return 1_000;
    }

    @Override
    public ChannelHandler newHandler() {
      return new ChannelDuplexHandler() {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
          ctx.channel().eventLoop().execute(() -> pipelines.add(ctx.pipeline()));
        }
      };
    }
  }
}
