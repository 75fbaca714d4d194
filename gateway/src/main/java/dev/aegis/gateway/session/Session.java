package dev.aegis.gateway.session;

import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One authenticated connection of one agent.
///
/// What it is (agent, key, epoch, hash) is immutable and may be read anywhere; what it does
/// (outbox, attachment, reading) belongs to its event loop. [#close] may be called from any thread.
public final class Session {
  private final Login login;
  private final AgentAdmission admission;
  private final byte[] sessionHash;
  private final byte[] token;
  private final long epoch;
  private final Connection connection;
  private final Outbox outbox;
  private final long openedAtMillis;
  private volatile @Nullable CloseCode closeCode;
  private @Nullable Object attachment;

  public Session(
      Login login,
      AgentAdmission admission,
      byte[] sessionHash,
      byte[] token,
      long epoch,
      Connection connection,
      Outbox outbox,
      long openedAtMillis) {
    this.login = login;
    this.admission = admission;
    this.sessionHash = sessionHash.clone();
    this.token = token.clone();
    this.epoch = epoch;
    this.connection = connection;
    this.outbox = outbox;
    this.openedAtMillis = openedAtMillis;
  }

  public String agentId() {
    return login.agentId();
  }

  public String organization() {
    return admission.organization();
  }

  public boolean signingRequired() {
    return admission.signingRequired();
  }

  /// The key that the agent has proven to hold, where it came over a socket.
  public VerifyingKey key() {
    return Objects.requireNonNull(login.key(), "it came with an API key");
  }

  /// Whether the session may go on where its agent's key is this one: it proved that key, or none.
  public boolean fits(byte @Nullable [] publicKey) {
    VerifyingKey proven = login.key();
    return proven == null || Arrays.equals(proven.bytes(), publicKey);
  }

  public Login login() {
    return login;
  }

  /// Whether the agent gets messages only as it asks for them.
  public boolean pulls() {
    return connection.pulls();
  }

  /// Whether it begins only where no other node has the agent's mailbox.
  public boolean yields() {
    return connection.yields();
  }

  /// The public hash that signing windows are bound to.
  public byte[] sessionHash() {
    return sessionHash.clone();
  }

  /// The secret that `welcome` tells; 32 random bytes. Nothing takes it in this version.
  public byte[] token() {
    return token.clone();
  }

  /// The fencing number of this login: higher is newer.
  public long epoch() {
    return epoch;
  }

  public long openedAtMillis() {
    return openedAtMillis;
  }

  public EventLoop loop() {
    return connection.loop();
  }

  /// Confined to the loop.
  public Outbox outbox() {
    return outbox;
  }

  public boolean isOpen() {
    return closeCode == null && connection.isActive();
  }

  /// Why the session was closed by this side, or null.
  public @Nullable CloseCode closeCode() {
    return closeCode;
  }

  /// The router's state of this session. Confined to the loop.
  public @Nullable Object attachment() {
    return attachment;
  }

  public void attach(@Nullable Object value) {
    attachment = value;
  }

  /// Sends a control envelope with the next flush. On the loop.
  public void control(Control envelope) {
    outbox.control(EnvelopeCodec.encode(envelope));
  }

  /// Stops or resumes reading from the agent. On the loop.
  public void reading(boolean on) {
    connection.reading(on);
  }

  /// Ends the session with a close code and its constant text. Any thread; the first call decides.
  public void close(CloseCode code) {
    if (loop().inEventLoop()) {
      closeOnLoop(code);
    } else {
      loop().execute(() -> closeOnLoop(code));
    }
  }

  /// Completes when the connection is gone, whoever ended it.
  public Future<?> closed() {
    return connection.closed();
  }

  private void closeOnLoop(CloseCode code) {
    if (closeCode != null) {
      return;
    }
    outbox.flush();
    closeCode = code;
    connection.close(code);
  }

  @Override
  public String toString() {
    return "session " + epoch + " of " + agentId();
  }
}
