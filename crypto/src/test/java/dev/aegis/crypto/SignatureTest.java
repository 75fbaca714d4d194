package dev.aegis.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignatureTest {
  private static final BigInteger L =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  static List<Ed25519> implementations() {
    return Providers.available().ed25519();
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void givesTheSignaturesOfRfc8032(Ed25519 ed25519) throws Exception {
    for (Rfc8032Vector vector : Rfc8032Vector.all()) {
      SigningKey key = ed25519.signingKey(vector.seed());
      assertThat(key.verifyingKey().bytes()).as(vector.name()).isEqualTo(vector.publicKey());
      assertThat(key.sign(vector.message())).as(vector.name()).isEqualTo(vector.signature());
      VerifyingKey verifyingKey = ed25519.verifyingKey(vector.publicKey());
      assertThat(verifyingKey.verify(vector.message(), vector.signature()))
          .as(vector.name())
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesSignatureWithAnyFlippedBit(Ed25519 ed25519) {
    SigningKey key = ed25519.generate(new SecureRandom());
    byte[] message = {1, 2, 3};
    byte[] signature = key.sign(message);
    for (int bit = 0; bit < signature.length * 8; bit++) {
      byte[] forged = signature.clone();
      forged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(key.verifyingKey().verify(message, forged)).as("bit %d", bit).isFalse();
    }
    assertThat(key.verifyingKey().verify(new byte[] {1, 2, 4}, signature)).isFalse();
    assertThat(key.verifyingKey().verify(message, Arrays.copyOf(signature, 63))).isFalse();
    assertThat(key.verifyingKey().verify(message, Arrays.copyOf(signature, 65))).isFalse();
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesScalarThatIsNotReduced(Ed25519 ed25519) {
    SigningKey key = ed25519.signingKey(new byte[32]);
    byte[] message = {7};
    byte[] signature = key.sign(message);
    byte[] big = new byte[32];
    for (int i = 0; i < 32; i++) {
      big[i] = signature[63 - i];
    }
    byte[] malleated = new BigInteger(1, big).add(L).toByteArray();
    byte[] forged = signature.clone();
    for (int i = 0; i < 32; i++) {
      forged[32 + i] = i < malleated.length ? malleated[malleated.length - 1 - i] : 0;
    }
    assertThat(key.verifyingKey().verify(message, forged)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void aKeyServesAgainWhateverItWasUsedForBefore(Ed25519 ed25519) {
    SigningKey key = ed25519.signingKey(Rfc8032Vector.all().getFirst().seed());
    SigningKey other = ed25519.generate(new SecureRandom());
    for (int length = 0; length < 300; length += 7) {
      byte[] message = new byte[length];
      byte[] signature = key.sign(message);
      assertThat(signature)
          .as("%d bytes", length)
          .isEqualTo(ed25519.signingKey(key.seed()).sign(message));
      assertThat(key.verifyingKey().verify(message, other.sign(message))).isFalse();
      assertThat(key.verifyingKey().verify(message, signature)).as("%d bytes", length).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void aKeyServesManyThreadsAtOnce(Ed25519 ed25519) throws Exception {
    SigningKey key = ed25519.generate(new SecureRandom());
    Callable<Boolean> work =
        () -> {
          boolean right = true;
          for (int i = 0; i < 40; i++) {
            byte[] message = (Thread.currentThread().threadId() + " " + i).getBytes(UTF_8);
            byte[] signature = key.sign(message);
            right &= key.verifyingKey().verify(message, signature);
            right &= !key.verifyingKey().verify(new byte[] {(byte) i}, signature);
          }
          return right;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Boolean> right : threads.invokeAll(Collections.nCopies(8, work))) {
        assertThat(right.get()).isTrue();
      }
    }
  }

  @Test
  void refusesEveryKeyAndEveryRThatIsOfSmallOrderOrNotCanonical() throws Exception {
    List<String> refused = new ArrayList<>();
    for (String y :
        List.of(
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")) {
      byte[] point = hex(y);
      refused.add(y);
      point[31] |= (byte) 0x80;
      refused.add(HexFormat.of().formatHex(point));
    }
    for (Ed25519 ed25519 : implementations()) {
      SigningKey key = ed25519.generate(new SecureRandom());
      byte[] signature = key.sign(new byte[0]);
      for (String point : refused) {
        assertThatThrownBy(() -> ed25519.verifyingKey(hex(point)))
            .as(point)
            .isInstanceOf(InvalidKeyException.class);
        byte[] forged = signature.clone();
        System.arraycopy(hex(point), 0, forged, 0, 32);
        assertThat(key.verifyingKey().verify(new byte[0], forged)).as(point).isFalse();
      }
      assertThatThrownBy(() -> ed25519.verifyingKey(new byte[31]))
          .isInstanceOf(InvalidKeyException.class);
      assertThatThrownBy(() -> ed25519.verifyingKey(new byte[33]))
          .isInstanceOf(InvalidKeyException.class);
    }
  }

  @Test
  void implementationsAcceptEachOthersSignatures() throws Exception {
    byte[] message = {42};
    for (Ed25519 signer : implementations()) {
      SigningKey key = signer.signingKey(Rfc8032Vector.all().getFirst().seed());
      for (Ed25519 verifier : implementations()) {
        assertThat(
                verifier
                    .verifyingKey(key.verifyingKey().bytes())
                    .verify(message, key.sign(message)))
            .isTrue();
      }
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
