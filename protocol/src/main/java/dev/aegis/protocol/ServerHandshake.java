package dev.aegis.protocol;

import static dev.aegis.protocol.HandshakeLayout.refuse;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.MlKem768;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordSealer;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.crypto.X25519;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The gateway's side of one handshake (PROTOCOL.md section 3): takes M1, gives M2, takes M3. Costs
/// asymmetric cryptography, so it runs on the handshake pool; confined to one thread at a time.
/// After a failure it is of no more use.
public final class ServerHandshake {
  /// What is the same for every handshake of a gateway.
  public record Config(
      Primitives primitives,
      SigningKey identity,
      UUID clusterId,
      boolean signingRequired,
      int maxRecordBytes) {}

  private enum State {
    AWAIT_M1,
    AWAIT_M3,
    DONE,
    FAILED
  }

  private final Config config;
  private final SecureRandom random;
  private final String subprotocol;
  private final String authority;
  private final Binding binding;
  private final Transcript transcript = new Transcript();
  private State state = State.AWAIT_M1;
  private @Nullable KeySchedule schedule;
  private @Nullable Suite suite;
  private @Nullable SessionKeys keys;

  /// @param subprotocol the WebSocket subprotocol negotiated
  /// @param authority the Host header of the upgrade
  public ServerHandshake(
      Config config, SecureRandom random, String subprotocol, String authority, Binding binding) {
    this.config = config;
    this.random = random;
    this.subprotocol = subprotocol;
    this.authority = authority;
    this.binding = binding;
  }

  /// Takes M1 and returns M2.
  ///
  /// @throws ProtocolException handshake-failed, with the cause as a detail for the log
  public byte[] onM1(byte[] m1) throws ProtocolException {
    advance(State.AWAIT_M1);
    ClientOffer offer = ClientOffer.parse(m1);
    Suite chosen = choose(offer);
    BindingMode mode =
        binding
            .choose(offer.bindingModes())
            .orElseThrow(() -> refuse("no common channel binding mode"));

    byte[] sharedSecret;
    int clearBytes = HandshakeLayout.M2_MLKEM + (chosen.hybrid() ? MlKem768.CIPHERTEXT_BYTES : 0);
    byte[] m2 = new byte[clearBytes + HandshakeLayout.M2_INNER_BYTES + RecordSealer.TAG_BYTES];
    byte[] gatewayRandom = new byte[HandshakeLayout.RANDOM_BYTES];
    random.nextBytes(gatewayRandom);
    try {
      X25519.KeyPair ephemeral = config.primitives().x25519().generate(random);
      sharedSecret = ephemeral.agree(offer.x25519());
      ByteBuffer out = ByteBuffer.wrap(m2);
      out.put((byte) HandshakeLayout.M2)
          .put((byte) HandshakeLayout.VERSION)
          .put((byte) chosen.wire())
          .put((byte) mode.wire())
          .putInt(0) // flags and reserved
          .put(Bytes.of(config.clusterId()))
          .put(gatewayRandom)
          .put(ephemeral.publicKey());
      if (chosen.hybrid()) {
        MlKem768.Encapsulation sealed =
            config.primitives().mlKem768().encapsulate(offer.mlKem(), random);
        out.put(sealed.ciphertext());
        sharedSecret = concat(sealed.sharedSecret(), sharedSecret);
      }
    } catch (InvalidKeyException e) {
      throw refuse("unacceptable key share");
    }

    transcript.prologue(
        subprotocol,
        authority,
        config.clusterId(),
        mode.wire(),
        binding.value(mode.wire()).orElseThrow());
    transcript.add(m1);
    transcript.add(m2, 0, clearBytes);
    KeySchedule made = new KeySchedule(sharedSecret, transcript.hash());
    Arrays.fill(sharedSecret, (byte) 0);
    writeInner(m2, clearBytes, made);
    schedule = made;
    suite = chosen;
    state = State.AWAIT_M3;
    return m2;
  }

  /// Takes M3 and returns who the agent has proven to be. [#keys] is ready afterwards.
  ///
  /// @throws ProtocolException handshake-failed, with the cause as a detail for the log
  public AgentProof onM3(byte[] m3) throws ProtocolException {
    advance(State.AWAIT_M3);
    KeySchedule made = schedule;
    Suite chosen = suite;
    if (made == null || chosen == null || m3.length < 1 || m3[0] != HandshakeLayout.M3) {
      throw refuse("not an M3");
    }
    byte[] inner = Arrays.copyOfRange(m3, 1, m3.length);
    int length;
    try {
      length =
          KeySchedule.opener(config.primitives(), made.clientHandshake)
              .open(inner, 0, inner.length);
    } catch (AuthenticationException e) {
      throw refuse("M3 did not open");
    }
    if (length < HandshakeLayout.M3_INNER_FIXED) {
      throw refuse("M3 is too short");
    }
    int idLength = inner[HandshakeLayout.M3_INNER_ID_LENGTH] & 0xff;
    int tokenLength = inner[HandshakeLayout.M3_INNER_TOKEN_LENGTH] & 0xff;
    if (length != HandshakeLayout.M3_INNER_FIXED + idLength + tokenLength
        || tokenLength > HandshakeLayout.MAX_TOKEN) {
      throw refuse("M3 has the wrong length");
    }
    int tokenAt = HandshakeLayout.M3_INNER_ID + idLength;
    int keyAt = tokenAt + tokenLength;
    int signatureAt = keyAt + 32;
    int finishedAt = signatureAt + HandshakeLayout.SIGNATURE_BYTES;
    String agentId =
        new String(inner, HandshakeLayout.M3_INNER_ID, idLength, StandardCharsets.ISO_8859_1);
    if (!AgentId.isValid(agentId)) {
      throw refuse("not an agent id");
    }

    VerifyingKey key;
    try {
      key =
          config.primitives().ed25519().verifyingKey(Arrays.copyOfRange(inner, keyAt, signatureAt));
    } catch (InvalidKeyException e) {
      throw refuse("unacceptable agent key");
    }
    transcript.add(inner, 0, signatureAt);
    boolean signed =
        key.verify(
            SigningInput.of(SigningInput.AGENT_AUTH, transcript.hash()),
            Arrays.copyOfRange(inner, signatureAt, finishedAt));
    transcript.add(inner, signatureAt, finishedAt);
    byte[] finished = KeySchedule.finished(made.clientHandshake, transcript.hash());
    boolean confirmed =
        MessageDigest.isEqual(finished, Arrays.copyOfRange(inner, finishedAt, length));
    if (!signed || !confirmed) {
      throw refuse("agent did not prove its key");
    }
    transcript.add(inner, finishedAt, length);

    byte[] sessionHash = transcript.hash();
    keys =
        new SessionKeys(
            KeySchedule.sealer(config.primitives(), made.gatewayApplication(sessionHash)),
            KeySchedule.opener(config.primitives(), made.clientApplication(sessionHash)),
            sessionHash,
            chosen);
    state = State.DONE;
    ByteBuffer in = ByteBuffer.wrap(inner);
    return new AgentProof(
        agentId,
        key,
        new String(inner, tokenAt, tokenLength, StandardCharsets.ISO_8859_1),
        in.getLong(0),
        in.getLong(HandshakeLayout.M3_INNER_CURSOR),
        in.getInt(HandshakeLayout.M3_INNER_CAPABILITIES));
  }

  /// The keys of the session, after M3.
  public SessionKeys keys() {
    SessionKeys made = keys;
    if (made == null) {
      throw new IllegalStateException("the handshake is not done");
    }
    return made;
  }

  private void writeInner(byte[] m2, int at, KeySchedule made) {
    ByteBuffer inner = ByteBuffer.wrap(m2, at, HandshakeLayout.M2_INNER_BYTES).slice();
    inner
        .putInt(config.signingRequired() ? HandshakeLayout.POLICY_SIGNING : 0)
        .putInt(config.maxRecordBytes())
        .put(config.identity().verifyingKey().bytes());
    transcript.add(m2, at, at + HandshakeLayout.M2_INNER_SIGNATURE);
    inner.put(
        config.identity().sign(SigningInput.of(SigningInput.GATEWAY_AUTH, transcript.hash())));
    transcript.add(
        m2, at + HandshakeLayout.M2_INNER_SIGNATURE, at + HandshakeLayout.M2_INNER_FINISHED);
    inner.put(KeySchedule.finished(made.gatewayHandshake, transcript.hash()));
    transcript.add(m2, at + HandshakeLayout.M2_INNER_FINISHED, at + HandshakeLayout.M2_INNER_BYTES);
    KeySchedule.sealer(config.primitives(), made.gatewayHandshake)
        .seal(m2, at, HandshakeLayout.M2_INNER_BYTES);
  }

  private static Suite choose(ClientOffer offer) throws ProtocolException {
    if ((offer.suites() & Suite.X25519_MLKEM768.bit()) != 0) {
      return Suite.X25519_MLKEM768;
    }
    if ((offer.suites() & Suite.X25519.bit()) != 0) {
      return Suite.X25519;
    }
    throw refuse("no common suite");
  }

  private void advance(State expected) throws ProtocolException {
    boolean inOrder = state == expected;
    state = State.FAILED; // until the step has succeeded
    if (!inOrder) {
      throw refuse("handshake message out of order");
    }
  }

  static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
