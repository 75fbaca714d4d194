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
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The agent's side of one handshake (PROTOCOL.md section 3): gives M1, takes M2 and gives M3.
/// Confined to one thread at a time. After a failure it is of no more use.
public final class ClientHandshake {
  /// Who connects, to whom, and with what.
  ///
  /// @param gatewayKey the pinned identity of the gateway
  /// @param joinToken empty unless the agent enrols
  public record Config(
      Primitives primitives,
      SigningKey identity,
      String agentId,
      VerifyingKey gatewayKey,
      Set<Suite> suites,
      String joinToken,
      long mailboxEpoch,
      long mailboxCursor,
      int capabilities) {
    public Config {
      suites = Set.copyOf(EnumSet.copyOf(suites));
      if (!AgentId.isValid(agentId)) {
        throw new IllegalArgumentException("not an agent id: " + agentId);
      }
      if (joinToken.length() > HandshakeLayout.MAX_TOKEN) {
        throw new IllegalArgumentException("a join token has at most 128 characters");
      }
    }
  }

  private final Config config;
  private final String subprotocol;
  private final String authority;
  private final Binding binding;
  private final byte[] m1;
  private final X25519.KeyPair ephemeral;
  private final MlKem768.@Nullable KeyPair kem;
  private boolean used;
  private boolean signingRequired;
  private boolean stranger;
  private @Nullable SessionKeys keys;

  /// @param subprotocol the WebSocket subprotocol negotiated
  /// @param authority the Host header sent
  public ClientHandshake(
      Config config, SecureRandom random, String subprotocol, String authority, Binding binding) {
    this.config = config;
    this.subprotocol = subprotocol;
    this.authority = authority;
    this.binding = binding;
    byte[] clientRandom = new byte[HandshakeLayout.RANDOM_BYTES];
    random.nextBytes(clientRandom);
    this.ephemeral = config.primitives().x25519().generate(random);
    int suites = 0;
    for (Suite suite : config.suites()) {
      suites |= suite.bit();
    }
    boolean hybrid = (suites & HandshakeLayout.HYBRID_SUITES) != 0;
    this.kem = hybrid ? config.primitives().mlKem768().generate(random) : null;
    ByteBuffer out =
        ByteBuffer.allocate(
            HandshakeLayout.M1_MLKEM + (hybrid ? MlKem768.ENCAPSULATION_KEY_BYTES : 0));
    out.put((byte) HandshakeLayout.M1)
        .put((byte) HandshakeLayout.VERSION)
        .putShort((short) suites)
        .put((byte) binding.offered())
        .put((byte) 0) // extensions
        .putShort((short) 0)
        .put(clientRandom)
        .put(ephemeral.publicKey());
    if (kem != null) {
      out.put(kem.encapsulationKey());
    }
    this.m1 = out.array();
  }

  /// The first message.
  public byte[] m1() {
    return m1.clone();
  }

  /// Takes M2 and returns M3. [#keys] is ready afterwards. The gateway's identity is checked before
  /// anything about the agent is put into M3.
  ///
  /// @throws ProtocolException handshake-failed, with the cause as a detail
  public byte[] onM2(byte[] m2) throws ProtocolException {
    if (used) {
      throw refuse("handshake message out of order");
    }
    used = true;
    if (m2.length < HandshakeLayout.M2_MLKEM
        || m2[0] != HandshakeLayout.M2
        || m2[1] != HandshakeLayout.VERSION) {
      throw refuse("not an M2 of this version");
    }
    Suite suite = Suite.fromWire(m2[HandshakeLayout.M2_SUITE]);
    if (suite == null || !config.suites().contains(suite)) {
      throw refuse("gateway chose a suite that was not offered");
    }
    for (int i = HandshakeLayout.M2_FLAGS; i < HandshakeLayout.M2_CLUSTER; i++) {
      if (m2[i] != 0) {
        throw refuse("reserved bits are set");
      }
    }
    int mode = m2[HandshakeLayout.M2_BINDING] & 0xff;
    byte[] bindingValue =
        binding
            .value(mode)
            .orElseThrow(() -> refuse("gateway chose a binding mode that was not offered"));
    int clearBytes = HandshakeLayout.M2_MLKEM + (suite.hybrid() ? MlKem768.CIPHERTEXT_BYTES : 0);
    if (m2.length != clearBytes + HandshakeLayout.M2_INNER_BYTES + RecordSealer.TAG_BYTES) {
      throw refuse("M2 has the wrong length");
    }

    ByteBuffer in = ByteBuffer.wrap(m2);
    UUID clusterId =
        new UUID(
            in.getLong(HandshakeLayout.M2_CLUSTER), in.getLong(HandshakeLayout.M2_CLUSTER + 8));
    Transcript transcript = new Transcript();
    transcript.prologue(subprotocol, authority, clusterId, mode, bindingValue);
    transcript.add(m1);
    transcript.add(m2, 0, clearBytes);
    byte[] sharedSecret = sharedSecret(m2, suite, clearBytes);
    KeySchedule schedule = new KeySchedule(sharedSecret, transcript.hash());
    Arrays.fill(sharedSecret, (byte) 0);

    checkGateway(Arrays.copyOfRange(m2, clearBytes, m2.length), schedule, transcript);
    byte[] m3 = writeM3(schedule, transcript);
    byte[] sessionHash = transcript.hash();
    keys =
        new SessionKeys(
            KeySchedule.sealer(config.primitives(), schedule.clientApplication(sessionHash)),
            KeySchedule.opener(config.primitives(), schedule.gatewayApplication(sessionHash)),
            sessionHash,
            suite);
    return m3;
  }

  /// Whether M2 was refused because the gateway is not the one that was pinned.
  public boolean metStranger() {
    return stranger;
  }

  /// Whether the gateway wants messages signed, as M2 says; `welcome` says it for this agent.
  public boolean signingRequired() {
    return signingRequired;
  }

  /// The keys of the session, after M2.
  public SessionKeys keys() {
    SessionKeys made = keys;
    if (made == null) {
      throw new IllegalStateException("the handshake is not done");
    }
    return made;
  }

  private byte[] sharedSecret(byte[] m2, Suite suite, int clearBytes) throws ProtocolException {
    try {
      byte[] secret =
          ephemeral.agree(
              Arrays.copyOfRange(m2, HandshakeLayout.M2_X25519, HandshakeLayout.M2_MLKEM));
      MlKem768.KeyPair pair = kem;
      if (!suite.hybrid() || pair == null) {
        return secret;
      }
      return ServerHandshake.concat(
          pair.decapsulate(Arrays.copyOfRange(m2, HandshakeLayout.M2_MLKEM, clearBytes)), secret);
    } catch (InvalidKeyException e) {
      throw refuse("unacceptable key share");
    }
  }

  private void checkGateway(byte[] inner, KeySchedule schedule, Transcript transcript)
      throws ProtocolException {
    try {
      KeySchedule.opener(config.primitives(), schedule.gatewayHandshake)
          .open(inner, 0, inner.length);
    } catch (AuthenticationException e) {
      throw refuse("M2 did not open");
    }
    byte[] key =
        Arrays.copyOfRange(inner, HandshakeLayout.M2_INNER_KEY, HandshakeLayout.M2_INNER_SIGNATURE);
    if (!MessageDigest.isEqual(key, config.gatewayKey().bytes())) {
      stranger = true;
      throw refuse("gateway is not the one that was pinned");
    }
    signingRequired = (ByteBuffer.wrap(inner).getInt() & HandshakeLayout.POLICY_SIGNING) != 0;
    transcript.add(inner, 0, HandshakeLayout.M2_INNER_SIGNATURE);
    boolean signed =
        config
            .gatewayKey()
            .verify(
                SigningInput.of(SigningInput.GATEWAY_AUTH, transcript.hash()),
                Arrays.copyOfRange(
                    inner, HandshakeLayout.M2_INNER_SIGNATURE, HandshakeLayout.M2_INNER_FINISHED));
    transcript.add(inner, HandshakeLayout.M2_INNER_SIGNATURE, HandshakeLayout.M2_INNER_FINISHED);
    boolean confirmed =
        MessageDigest.isEqual(
            KeySchedule.finished(schedule.gatewayHandshake, transcript.hash()),
            Arrays.copyOfRange(
                inner, HandshakeLayout.M2_INNER_FINISHED, HandshakeLayout.M2_INNER_BYTES));
    if (!signed || !confirmed) {
      throw refuse("gateway did not prove its key");
    }
    transcript.add(inner, HandshakeLayout.M2_INNER_FINISHED, HandshakeLayout.M2_INNER_BYTES);
  }

  private byte[] writeM3(KeySchedule schedule, Transcript transcript) {
    byte[] id = config.agentId().getBytes(StandardCharsets.US_ASCII);
    byte[] token = config.joinToken().getBytes(StandardCharsets.US_ASCII);
    int innerBytes = HandshakeLayout.M3_INNER_FIXED + id.length + token.length;
    byte[] m3 = new byte[1 + innerBytes + RecordSealer.TAG_BYTES];
    m3[0] = HandshakeLayout.M3;
    ByteBuffer inner = ByteBuffer.wrap(m3, 1, innerBytes).slice();
    inner
        .putLong(config.mailboxEpoch())
        .putLong(config.mailboxCursor())
        .putInt(config.capabilities())
        .put((byte) id.length)
        .put((byte) token.length)
        .put(id)
        .put(token)
        .put(config.identity().verifyingKey().bytes());
    int signatureAt = 1 + inner.position();
    transcript.add(m3, 1, signatureAt);
    inner.put(config.identity().sign(SigningInput.of(SigningInput.AGENT_AUTH, transcript.hash())));
    int finishedAt = signatureAt + HandshakeLayout.SIGNATURE_BYTES;
    transcript.add(m3, signatureAt, finishedAt);
    inner.put(KeySchedule.finished(schedule.clientHandshake, transcript.hash()));
    transcript.add(m3, finishedAt, 1 + innerBytes);
    KeySchedule.sealer(config.primitives(), schedule.clientHandshake).seal(m3, 1, innerBytes);
    return m3;
  }
}
