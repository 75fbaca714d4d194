package dev.aegis.gateway;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.Binding;
import dev.aegis.protocol.BindingPolicy;
import dev.aegis.protocol.ClientHandshake;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.Suite;
import dev.aegis.protocol.WindowSigner;
import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An agent that keeps the protocol as long as its user wants it to, and shows every byte.
public final class RawAgent implements Closeable {
  private static final Primitives PRIMITIVES = Primitives.select();
  private static final SecureRandom RANDOM = new SecureRandom();

  private final RawConnection connection;
  private final ClientHandshake handshake;
  private final SigningKey identity;
  private final Deque<Envelope> arrived = new ArrayDeque<>();
  private byte[] m3 = {};
  private @Nullable WindowSigner signer;

  /// Upgrades, without any handshake yet.
  public RawAgent(
      int port, String id, SigningKey identity, VerifyingKey gatewayKey, String... headers)
      throws IOException {
    this(port, id, identity, gatewayKey, 0, 0, headers);
  }

  private RawAgent(
      int port,
      String id,
      SigningKey identity,
      VerifyingKey gatewayKey,
      long mailboxEpoch,
      long mailboxCursor,
      String... headers)
      throws IOException {
    this.identity = identity;
    this.connection = new RawConnection(port);
    this.handshake =
        new ClientHandshake(
            new ClientHandshake.Config(
                PRIMITIVES,
                identity,
                id,
                gatewayKey,
                Set.of(Suite.X25519),
                "",
                mailboxEpoch,
                mailboxCursor,
                0),
            RANDOM,
            "aegis.v1.msgpack",
            "localhost",
            new Binding(BindingPolicy.OFF, Map.of()));
    if (connection.upgrade(headers) != 101) {
      throw new IOException("no upgrade");
    }
  }

  /// An agent in its session, behind the first record.
  public static RawAgent connected(
      int port, String id, SigningKey identity, VerifyingKey gatewayKey) throws Exception {
    return resuming(port, id, identity, gatewayKey, 0, 0);
  }

  /// As [#connected], behind a cursor.
  public static RawAgent resuming(
      int port,
      String id,
      SigningKey identity,
      VerifyingKey gatewayKey,
      long mailboxEpoch,
      long mailboxCursor)
      throws Exception {
    RawAgent agent = new RawAgent(port, id, identity, gatewayKey, mailboxEpoch, mailboxCursor);
    agent.sendM1();
    agent.sendM3();
    agent.read();
    return agent;
  }

  public RawConnection connection() {
    return connection;
  }

  /// What M2 says of signing.
  public boolean policySaysSigning() {
    return handshake.signingRequired();
  }

  public byte[] m1() {
    return handshake.m1();
  }

  public byte[] m3() {
    return m3.clone();
  }

  public void sendM1() throws IOException {
    connection.frame(RawConnection.BINARY, handshake.m1());
  }

  /// Reads M2 and answers it.
  public void sendM3() throws IOException, ProtocolException {
    m3 = handshake.onM2(connection.read().payload());
    signer = new WindowSigner(identity, handshake.keys().sessionHash());
    connection.frame(RawConnection.BINARY, m3);
  }

  public SessionKeys keys() {
    return handshake.keys();
  }

  /// Seals envelopes, whatever they are, into a record; messages join the signing window.
  public byte[] record(byte[]... envelopes) {
    FlightWriter flight = new FlightWriter(1024);
    for (byte[] envelope : envelopes) {
      flight.append(envelope);
    }
    return flight.seal(keys().sealer());
  }

  /// Seals bytes that may be no flight at all.
  public byte[] recordOf(byte[] flight) {
    byte[] buffer = Arrays.copyOf(flight, flight.length + 16);
    int length = keys().sealer().seal(buffer, 0, flight.length);
    return Arrays.copyOf(buffer, length);
  }

  /// Sends message envelopes and the signature that closes their window.
  public void sendSigned(byte[]... envelopes) throws IOException {
    byte[][] flight = Arrays.copyOf(envelopes, envelopes.length + 1);
    for (byte[] envelope : envelopes) {
      signer().add(envelope, 0, envelope.length);
    }
    flight[envelopes.length] = EnvelopeCodec.encode(signer().sign());
    send(flight);
  }

  public void send(byte[]... envelopes) throws IOException {
    connection.frame(RawConnection.BINARY, record(envelopes));
  }

  /// The window that [#sendSigned] would close.
  public WindowSigner signer() {
    return Objects.requireNonNull(signer, "before M3");
  }

  /// The next envelope; pings in between are passed over.
  public Envelope next() throws IOException, AuthenticationException, ProtocolException {
    while (arrived.isEmpty()) {
      read();
    }
    return arrived.remove();
  }

  /// The next envelope of a type; others in between are passed over.
  public <T extends Envelope> T next(Class<T> type) throws Exception {
    while (true) {
      Envelope envelope = next();
      if (type.isInstance(envelope)) {
        return type.cast(envelope);
      }
    }
  }

  private void read() throws IOException, AuthenticationException, ProtocolException {
    RawConnection.Frame frame = connection.read();
    if (frame.opcode() == RawConnection.CLOSE) {
      throw new IOException("closed with " + frame.closeCode());
    }
    if (frame.opcode() != RawConnection.BINARY) {
      return;
    }
    byte[] record = frame.payload();
    int length = keys().opener().open(record, 0, record.length);
    FlightReader flight = new FlightReader(record, 0, length);
    try {
      while (flight.next()) {
        arrived.add(EnvelopeCodec.decode(record, flight.offset(), flight.length()));
      }
    } catch (EnvelopeException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    connection.close();
  }
}
