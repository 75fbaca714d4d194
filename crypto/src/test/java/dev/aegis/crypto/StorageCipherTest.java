package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StorageCipherTest {
  private static final byte[] TEXT = "payload".getBytes(StandardCharsets.UTF_8);
  private static final byte[] ROW = {1, 2, 3};

  @Test
  void opensWhatItSealedForTheSameRowOnly() throws Exception {
    StorageCipher cipher = StorageCipher.fromKeyset(StorageCipher.newKeyset());
    byte[] sealed = cipher.seal(TEXT, ROW);
    assertThat(cipher.open(sealed, ROW)).isEqualTo(TEXT);
    assertThat(sealed)
        .hasSize(StorageCipher.PREFIX_BYTES + StorageCipher.NONCE_BYTES + TEXT.length + 16)
        .isNotEqualTo(cipher.seal(TEXT, ROW));
    assertThatThrownBy(() -> cipher.open(sealed, new byte[] {1, 2}))
        .isInstanceOf(AuthenticationException.class);
    for (int i = 0; i < sealed.length; i++) {
      byte[] altered = sealed.clone();
      altered[i] ^= 1;
      assertThatThrownBy(() -> cipher.open(altered, ROW))
          .isInstanceOf(AuthenticationException.class);
    }
  }

  @Test
  void rotationSealsUnderTheNewKeyAndStillOpensTheOld() throws Exception {
    byte[] keyset = StorageCipher.newKeyset();
    StorageCipher before = StorageCipher.fromKeyset(keyset);
    StorageCipher after = StorageCipher.fromKeyset(StorageCipher.rotated(keyset));
    assertThat(after.primaryKeyId()).isNotEqualTo(before.primaryKeyId());
    assertThat(after.open(before.seal(TEXT, ROW), ROW)).isEqualTo(TEXT);
    assertThatThrownBy(() -> before.open(after.seal(TEXT, ROW), ROW))
        .isInstanceOf(AuthenticationException.class);
  }

  @Test
  void opensEachOfABatchAlone() throws Exception {
    StorageCipher cipher = StorageCipher.fromKeyset(StorageCipher.newKeyset());
    StorageSealer sealer = cipher.sealer();
    Set<ByteBuffer> nonces = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      byte[] text = new byte[i];
      byte[] row = {(byte) i, (byte) (i >> 8)};
      byte[] sealed = sealer.seal(text, row);
      assertThat(cipher.open(sealed, row)).isEqualTo(text);
      assertThat(sealed).hasSize(cipher.seal(text, row).length);
      assertThatThrownBy(() -> cipher.open(sealed, ROW))
          .isInstanceOf(AuthenticationException.class);
      nonces.add(ByteBuffer.wrap(sealed, StorageCipher.PREFIX_BYTES, StorageCipher.NONCE_BYTES));
    }
    assertThat(nonces).hasSize(1_000);
  }

  /// Long texts go through the cipher in portions.
  @ParameterizedTest
  @ValueSource(ints = {8_191, 8_192, 8_193, 16_384, 16_385, 3_000_001})
  void opensLongTexts(int length) throws Exception {
    StorageCipher cipher = StorageCipher.fromKeyset(StorageCipher.newKeyset());
    byte[] text = new byte[length];
    new Random(length).nextBytes(text);
    byte[] padded = new byte[length + 7];
    System.arraycopy(text, 0, padded, 5, length);
    assertThat(cipher.open(cipher.sealer().seal(padded, 5, length, ROW), ROW)).isEqualTo(text);
  }

  @Test
  void batchesShareNoNonceAndUseTheNewestKey() throws Exception {
    byte[] keyset = StorageCipher.newKeyset();
    StorageCipher before = StorageCipher.fromKeyset(keyset);
    StorageCipher after = StorageCipher.fromKeyset(StorageCipher.rotated(keyset));
    byte[] one = before.sealer().seal(TEXT, ROW);
    assertThat(one).isNotEqualTo(before.sealer().seal(TEXT, ROW));
    assertThat(after.open(one, ROW)).isEqualTo(TEXT);
    byte[] newer = after.sealer().seal(TEXT, ROW);
    assertThat(after.open(newer, ROW)).isEqualTo(TEXT);
    assertThatThrownBy(() -> before.open(newer, ROW)).isInstanceOf(AuthenticationException.class);
  }

  @Test
  void refusesBytesThatAreNoKeyset() {
    assertThatThrownBy(() -> StorageCipher.fromKeyset(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void developmentCertificateNamesWhatItWasAskedTo() throws Exception {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    DevCertificate made =
        DevCertificate.create(
            List.of("localhost"),
            List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1})),
            now,
            Duration.ofDays(30),
            new SecureRandom());
    made.certificate().verify(made.certificate().getPublicKey());
    assertThat(made.certificate().getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
    assertThat(made.certificate().getNotAfter()).isEqualTo("2026-01-31T00:00:00Z");
    assertThat(made.certificatePem()).startsWith("-----BEGIN CERTIFICATE-----\n");
    assertThat(made.privateKeyPem()).startsWith("-----BEGIN PRIVATE KEY-----\n");
    assertThat(made.fingerprint()).hasSize(64);
    assertThat(made.toString()).doesNotContain("PRIVATE");
  }
}
