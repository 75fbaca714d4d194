package dev.aegis.crypto;

import static dev.aegis.protocol.vectors.VectorJson.bytes;
import static dev.aegis.protocol.vectors.VectorJson.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.protocol.reference.FixedRandom;
import dev.aegis.protocol.vectors.VectorJson;
import java.security.InvalidKeyException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// The published vectors by every implementation of every primitive, not only by those chosen.
class EveryProviderVectorsTest {
  private static final JsonNode HANDSHAKE = VectorJson.read("handshake-suite2.json");
  private static final JsonNode NEGATIVE = VectorJson.read("negative.json");

  static List<Ed25519> ed25519s() {
    return Providers.available().ed25519();
  }

  static List<X25519> x25519s() {
    return Providers.available().x25519();
  }

  static List<MlKem768> mlKems() {
    return Providers.available().mlKem768();
  }

  static List<RecordCipher.Implementation> recordCiphers() {
    return Providers.available().records();
  }

  @ParameterizedTest
  @MethodSource("ed25519s")
  void signsAndVerifiesAsPublished(Ed25519 ed25519) throws Exception {
    JsonNode proofs = HANDSHAKE.required("proofs");
    for (String side : List.of("agent", "gateway")) {
      JsonNode inputs = HANDSHAKE.required("inputs").required(side);
      byte[] message = bytes(proofs, side + "_signing_input");
      SigningKey key = ed25519.signingKey(bytes(inputs, "identity_seed"));
      assertThat(key.verifyingKey().bytes()).isEqualTo(bytes(inputs, "identity_key"));
      assertThat(key.sign(message)).isEqualTo(bytes(proofs, side + "_signature"));
      assertThat(key.verifyingKey().verify(message, bytes(proofs, side + "_signature"))).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("ed25519s")
  void refusesThePublishedKeysAndSignatures(Ed25519 ed25519) throws Exception {
    for (byte[] key : list(NEGATIVE, "ed25519_public_keys")) {
      assertThatThrownBy(() -> ed25519.verifyingKey(key)).isInstanceOf(InvalidKeyException.class);
    }
    for (JsonNode vector : NEGATIVE.required("ed25519_signatures")) {
      VerifyingKey key = ed25519.verifyingKey(bytes(vector, "public_key"));
      assertThat(key.verify(bytes(vector, "message"), bytes(vector, "signature")))
          .as(vector.required("name").asString())
          .isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("x25519s")
  void agreesAsPublished(X25519 x25519) throws Exception {
    JsonNode inputs = HANDSHAKE.required("inputs");
    X25519.KeyPair agent = x25519.keyPair(bytes(inputs.required("agent"), "x25519_private"));
    X25519.KeyPair gateway = x25519.keyPair(bytes(inputs.required("gateway"), "x25519_private"));
    byte[] secret = bytes(HANDSHAKE.required("shared_secrets"), "ss_x25519");
    assertThat(agent.agree(gateway.publicKey())).isEqualTo(secret);
    assertThat(gateway.agree(agent.publicKey())).isEqualTo(secret);
    for (byte[] key : list(NEGATIVE, "x25519_public_keys")) {
      assertThatThrownBy(() -> agent.agree(key)).isInstanceOf(InvalidKeyException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("mlKems")
  void encapsulatesAndDecapsulatesAsPublished(MlKem768 mlKem) throws Exception {
    JsonNode inputs = HANDSHAKE.required("inputs");
    byte[] seed = bytes(inputs.required("agent"), "mlkem_seed");
    byte[] m = bytes(inputs.required("gateway"), "mlkem_randomness");
    byte[] m1 = bytes(HANDSHAKE.required("messages"), "m1");
    byte[] m2 = bytes(HANDSHAKE.required("messages"), "m2_clear");
    byte[] secret = bytes(HANDSHAKE.required("shared_secrets"), "ss_mlkem");
    for (MlKem768.KeyPair pair :
        List.of(mlKem.generate(new FixedRandom(seed)), mlKem.keyPair(seed))) {
      assertThat(pair.encapsulationKey()).isEqualTo(Arrays.copyOfRange(m1, 72, m1.length));
      MlKem768.Encapsulation sealed =
          mlKem.encapsulate(pair.encapsulationKey(), new FixedRandom(m));
      assertThat(sealed.ciphertext()).isEqualTo(Arrays.copyOfRange(m2, 88, m2.length));
      assertThat(sealed.sharedSecret()).isEqualTo(secret);
      assertThat(pair.decapsulate(sealed.ciphertext())).isEqualTo(secret);
    }
  }

  @ParameterizedTest
  @MethodSource("recordCiphers")
  void sealsAndOpensAsPublished(RecordCipher.Implementation implementation) throws Exception {
    JsonNode file = VectorJson.read("records.json");
    JsonNode keys = VectorJson.read(file.required("handshake").asString()).required("keys");
    assertRecords(implementation, keys.required("c_ap"), file.required("agent_to_gateway"));
    assertRecords(implementation, keys.required("g_ap"), file.required("gateway_to_agent"));
  }

  private static void assertRecords(
      RecordCipher.Implementation implementation, JsonNode key, JsonNode records) throws Exception {
    RecordCiphers ciphers = RecordCiphers.only(implementation);
    RecordSealer sealer = new RecordSealer(ciphers, bytes(key, "key"), bytes(key, "iv"));
    RecordOpener opener = new RecordOpener(ciphers, bytes(key, "key"), bytes(key, "iv"));
    for (JsonNode record : records) {
      byte[] flight = bytes(record, "flight");
      byte[] buffer = Arrays.copyOf(flight, flight.length + RecordSealer.TAG_BYTES);
      sealer.seal(buffer, 0, flight.length);
      assertThat(buffer).isEqualTo(bytes(record, "record"));
      assertThat(opener.open(buffer, 0, buffer.length)).isEqualTo(flight.length);
      assertThat(Arrays.copyOf(buffer, flight.length)).isEqualTo(flight);
    }
  }
}
