package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
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

  /// Appendix A.5.
  @ParameterizedTest
  @MethodSource("implementations")
  void opensAndSealsTheSampleOfRfc8439(RecordCipher.Implementation implementation)
      throws Exception {
    byte[] plaintext =
        ("Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
                + "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
                + "Internet-Drafts as reference material or to cite them other than as /“work in "
                + "progress./”")
            .getBytes(StandardCharsets.UTF_8);
    byte[] sealed =
        HexFormat.of()
            .parseHex(
                "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
                    + "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
                    + "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
                    + "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
                    + "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
                    + "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
                    + "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
                    + "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
                    + "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38");
    assertThat(sample(implementation, Cipher.DECRYPT_MODE).doFinal(sealed)).isEqualTo(plaintext);
    assertThat(sample(implementation, Cipher.ENCRYPT_MODE).doFinal(plaintext)).isEqualTo(sealed);
    byte[] forged = sealed.clone();
    forged[100] ^= 1;
    Cipher opening = sample(implementation, Cipher.DECRYPT_MODE);
    assertThatThrownBy(() -> opening.doFinal(forged)).isInstanceOf(AEADBadTagException.class);
  }

  private static Cipher sample(RecordCipher.Implementation implementation, int mode)
      throws Exception {
    HexFormat hex = HexFormat.of();
    Cipher cipher = Cipher.getInstance(implementation.transformation(), implementation.provider());
    cipher.init(
        mode,
        new SecretKeySpec(
            hex.parseHex("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"),
            "ChaCha20"),
        new IvParameterSpec(hex.parseHex("000000000102030405060708")));
    cipher.updateAAD(hex.parseHex("f33388860000000000004e91"));
    return cipher;
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
  void aDirectionEndsAfterTwoToThe32Records() throws Exception {
    RecordSealer sealer = sealer(implementations().getFirst());
    RecordOpener opener = opener(implementations().getFirst());
    sealer.skip((1L << 32) - 1);
    opener.skip((1L << 32) - 1);
    assertThat(sealer.remaining()).isEqualTo(1);
    byte[] last = new byte[32];
    assertThat(opener.open(last, 0, sealer.seal(last, 0, 16))).isEqualTo(16);
    assertThat(sealer.remaining()).isZero();
    assertThat(opener.remaining()).isZero();
    assertThatThrownBy(() -> sealer.seal(new byte[32], 0, 16))
        .isInstanceOf(NonceExhaustedException.class);
    assertThatThrownBy(() -> opener.open(new byte[32], 0, 32))
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
    return new RecordSealer(RecordCiphers.only(implementation), KEY, IV);
  }

  private static RecordOpener opener(RecordCipher.Implementation implementation) {
    return new RecordOpener(RecordCiphers.only(implementation), KEY, IV);
  }
}
