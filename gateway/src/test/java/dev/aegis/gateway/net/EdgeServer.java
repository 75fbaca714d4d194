package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.DevCertificate;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.AgentProof;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The network edge on a real port, with a recorder where the router stands: one for each test.
/// After the test no connection, no buffer and no error of our own may be left.
final class EdgeServer implements BeforeEachCallback, AfterEachCallback {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final SecureRandom RANDOM = new SecureRandom();
  static final SigningKey GATEWAY = PRIMITIVES.ed25519().generate(RANDOM);
  static final SigningKey AGENT = PRIMITIVES.ed25519().generate(RANDOM);

  /// How long a peer may take for each step before it is authenticated.
  static final Duration TIMEOUT = Duration.ofMillis(800);

  static final int MAX_RECORD = Limits.defaults().maxRecordBytes();
  private static final Duration HEARTBEAT = Duration.ofSeconds(2);

  private final BlockingQueue<ChannelPipeline> pipelines = new LinkedBlockingQueue<>();
  private final Map<Session, CloseCode> ended = new ConcurrentHashMap<>();
  private final BlockingQueue<byte[]> flights = new LinkedBlockingQueue<>();
  private final NetCounters counters = new NetCounters();
  private final Sessions sessions = new Sessions(InstantSource.system());

  private final Set<String> revoked = ConcurrentHashMap.newKeySet();
  private final Set<String> revokedInBetween = ConcurrentHashMap.newKeySet();

  private volatile boolean pausing;

  @SuppressWarnings("NullAway.Init") // before each test
  private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TlsContext tls;

  @SuppressWarnings("NullAway.Init")
  private GatewayServer server;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    directory = Files.createTempDirectory("aegis-edge");
    writeCertificate();
    tls = new TlsContext(certificate(), key());
    server =
        GatewayServer.start(
            NetSettings.defaults(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .withTimers(TIMEOUT, Duration.ofMillis(20), HEARTBEAT),
            tls,
            new ServerHandshake.Config(PRIMITIVES, GATEWAY, new UUID(1, 2), true, MAX_RECORD),
            this::admit,
            sessions,
            new Recording(),
            new CapturingApi(),
            counters,
            RANDOM,
            InstantSource.system());
  }

  private Optional<AgentAdmission> admit(AgentProof proof) {
    String agent = proof.agentId();
    Optional<AgentAdmission> found =
        agent.startsWith("known") && !revoked.contains(agent)
            ? Optional.of(new AgentAdmission("default", true))
            : Optional.empty();
    if (revokedInBetween.remove(agent)) {
      revoke(agent);
    }
    return found;
  }

  /// From the next flight on its agent is not read from.
  void pauseAtNextFlight() {
    pausing = true;
  }

  /// Takes an agent's rights.
  void revoke(String agent) {
    revoked.add(agent);
    sessions.revoke(agent);
  }

  /// Takes an agent's rights when its next login has just been looked up.
  void revokeInBetween(String agent) {
    revokedInBetween.add(agent);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    server.close();
    tls.close();
    Files.delete(certificate());
    Files.delete(key());
    Files.delete(directory);
    assertThat(server.connections()).isZero();
    assertThat(counters.internalErrors.sum()).isZero();
    LeakPresenceDetector.check();
  }

  GatewayServer server() {
    return server;
  }

  TlsContext tls() {
    return tls;
  }

  Sessions sessions() {
    return sessions;
  }

  NetCounters counters() {
    return counters;
  }

  /// Sessions that are over, and why.
  Map<Session, CloseCode> ended() {
    return ended;
  }

  /// A TCP connection that says nothing.
  Socket socket() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port());
  }

  /// A connection after TLS.
  RawConnection connection() throws IOException {
    return new RawConnection(port());
  }

  /// A connection after its upgrade.
  RawConnection upgraded() throws IOException {
    RawConnection connection = connection();
    assertThat(connection.upgrade()).isEqualTo(101);
    return connection;
  }

  /// An agent before its handshake; an id that starts with `known` is admitted.
  RawAgent agent(String id, String... headers) throws IOException {
    return new RawAgent(port(), id, AGENT, GATEWAY.verifyingKey(), headers);
  }

  /// An agent after its handshake.
  RawAgent connected(String id) throws Exception {
    return RawAgent.connected(port(), id, AGENT, GATEWAY.verifyingKey());
  }

  private int port() {
    return server.address().getPort();
  }

  static byte[] heartbeat() {
    return EnvelopeCodec.encode(new Control.Heartbeat(1, false));
  }

  /// The next flight of any session.
  byte[] nextFlight() throws InterruptedException {
    return take(flights);
  }

  void forgetFlights() {
    flights.clear();
  }

  /// The pipeline of the next connection.
  ChannelPipeline nextPipeline() throws InterruptedException {
    return take(pipelines);
  }

  private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
    T taken = queue.poll(20, TimeUnit.SECONDS);
    assertThat(taken).isNotNull();
    return taken;
  }

  Path certificate() {
    return directory.resolve("tls.crt");
  }

  Path key() {
    return directory.resolve("tls.key");
  }

  /// Puts a new certificate and its key in place of the last.
  void writeCertificate() throws Exception {
    DevCertificate made =
        DevCertificate.create(
            List.of("localhost"),
            List.of(InetAddress.getLoopbackAddress()),
            Instant.now().minusSeconds(60),
            Duration.ofDays(1),
            RANDOM);
    Files.writeString(certificate(), made.certificatePem());
    Files.writeString(key(), made.privateKeyPem());
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
      if (pausing) {
        session.reading(false);
      }
    }

    @Override
    public void writable(Session session) {}

    @Override
    public void wants(Session session, int messages) {}

    @Override
    public int onItsWay(Session session) {
      return 0;
    }

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
