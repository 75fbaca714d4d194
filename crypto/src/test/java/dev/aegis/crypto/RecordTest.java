package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RecordTest {
  private static final byte[] KEY = new byte[32];
  private static final byte[] IV = new byte[12];

  static List<RecordCipher.Implementation> implementations() {
    return Providers.available().records();
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void passesTheVectorOfRfc8439(RecordCipher.Implementation implementation) throws Exception {
    SelfTest.record(implementation);
  }

  @Test
  void everyImplementationOpensWhatEveryOtherSealed() throws Exception {
    int[] sizes =
        IntStream.concat(IntStream.range(0, 71), IntStream.of(255, 256, 2048, 4096, 65535))
            .toArray();
    for (RecordCipher.Implementation sealing : implementations()) {
      for (RecordCipher.Implementation opening : implementations()) {
        RecordSealer sealer = sealer(sealing);
        RecordOpener opener = opener(opening);
        for (int size : sizes) {
          byte[] buffer = new byte[size + 32];
          Arrays.fill(buffer, (byte) size);
          int sealed = sealer.seal(buffer, 8, size);
          assertThat(sealed).isEqualTo(size + 16);
          assertThat(opener.open(buffer, 8, sealed)).isEqualTo(size);
          for (int i = 0; i < size; i++) {
            assertThat(buffer[8 + i]).isEqualTo((byte) size);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("implementations")
  void refusesRecordWithAnyFlippedBitAndEverythingAfterIt(
      RecordCipher.Implementation implementation) {
    byte[] record = new byte[40 + 16];
    sealer(implementation).seal(record, 0, 40);
    for (int bit = 0; bit < record.length * 8; bit++) {
      byte[] forged = record.clone();
      forged[bit / 8] ^= (byte) (1 << (bit % 8));
      RecordOpener opener = opener(implementation);
      assertThatThrownBy(() -> opener.open(forged, 0, forged.length))
          .isInstanceOf(AuthenticationException.class);
      byte[] honest = record.clone();
      assertThatThrownBy(() -> opener.open(honest, 0, honest.length))
          .isInstanceOf(AuthenticationException.class);
    }
  }

  @Test
  void refusesReplayReorderTruncationAndTheEmptyRecord() throws Exception {
    Primitives primitives = Primitives.select();
    RecordSealer sealer = primitives.recordSealer(KEY, IV);
    byte[] first = new byte[32];
    byte[] second = new byte[32];
    sealer.seal(first, 0, 16);
    sealer.seal(second, 0, 16);
    assertThat(first).isNotEqualTo(second); // the same plaintext under the next number
    assertThat(sealer.sequence()).isEqualTo(2);

    RecordOpener replay = primitives.recordOpener(KEY, IV);
    replay.open(first.clone(), 0, 32);
    assertThatThrownBy(() -> replay.open(first.clone(), 0, 32))
        .isInstanceOf(AuthenticationException.class);
    assertThatThrownBy(() -> primitives.recordOpener(KEY, IV).open(second.clone(), 0, 32))
        .isInstanceOf(AuthenticationException.class);
    assertThatThrownBy(() -> primitives.recordOpener(KEY, IV).open(first.clone(), 0, 31))
        .isInstanceOf(AuthenticationException.class);
    assertThatThrownBy(() -> primitives.recordOpener(KEY, IV).open(first.clone(), 0, 0))
        .isInstanceOf(AuthenticationException.class);
  }

  @Test
  void nothingIsSealedOrOpenedAfterDestruction() {
    RecordSealer sealer = sealer(implementations().getFirst());
    sealer.destroy();
    assertThatThrownBy(() -> sealer.seal(new byte[32], 0, 16))
        .isInstanceOf(NonceExhaustedException.class);
    RecordOpener opener = opener(implementations().getFirst());
    opener.destroy();
    assertThatThrownBy(() -> opener.open(new byte[32], 0, 32))
        .isInstanceOf(AuthenticationException.class);
  }

  @Test
  void refusesBufferWithoutRoomForTheTag() {
    RecordSealer sealer = sealer(implementations().getFirst());
    assertThatThrownBy(() -> sealer.seal(new byte[31], 0, 16))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(sealer.sequence()).isZero();
  }

  @Test
  void choosesAnImplementationForEveryPrimitive() {
    assertThat(Primitives.select().choices())
        .containsOnlyKeys(
            "ed25519",
            "x25519",
            "ml-kem-768",
            "chacha20-poly1305 below 2 KiB",
            "chacha20-poly1305 from 2 KiB");
    assertThat(Primitives.portable().choices().values())
        .allSatisfy(choice -> assertThat(choice).doesNotContain("Conscrypt"));
  }

  private static RecordSealer sealer(RecordCipher.Implementation implementation) {
    return new RecordSealer(new RecordCipher.Choice(implementation, implementation, 2048), KEY, IV);
  }

  private static RecordOpener opener(RecordCipher.Implementation implementation) {
    return new RecordOpener(new RecordCipher.Choice(implementation, implementation, 2048), KEY, IV);
  }
}
