package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.protocol.Control.WindowSignature;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowTest {
  private static final SigningKey KEY = Primitives.select().ed25519().generate(new SecureRandom());
  private static final byte[] SESSION = new byte[32];

  private final WindowSigner signer = new WindowSigner(KEY, SESSION);
  private final WindowVerifier verifier = new WindowVerifier(KEY.verifyingKey(), SESSION, 8);

  @Test
  void verifiesWindowAfterWindowAndProvesEachMessage() throws Exception {
    for (int size = 1; size <= 8; size++) {
      for (int i = 0; i < size; i++) {
        send(new byte[] {(byte) size, (byte) i});
      }
      SignedWindow window = verifier.verify(signer.sign());
      assertThat(window.count()).isEqualTo(size);
      byte[] root = MerkleTree.root(window.leafHashes(), size);
      for (int i = 0; i < size; i++) {
        List<byte[]> path = MerkleTree.inclusionPath(window.leafHashes(), size, i);
        assertThat(proves(window, new byte[] {(byte) size, (byte) i}, i, path, root)).isTrue();
        assertThat(proves(window, new byte[] {(byte) size, (byte) (i + 1)}, i, path, root))
            .isFalse();
        assertThat(proves(window, new byte[] {(byte) size, (byte) i}, i, path, new byte[32]))
            .isFalse();
      }
    }
  }

  @Test
  void refusesASignatureOverOtherMessages() throws Exception {
    signer.add(new byte[] {1}, 0, 1);
    verifier.add(new byte[] {2}, 0, 1);
    assertRefused(signer.sign());
  }

  @Test
  void refusesASignatureOfAnotherSessionOrKey() throws Exception {
    byte[] other = new byte[32];
    other[31] = 1;
    for (WindowSigner wrong :
        List.of(
            new WindowSigner(KEY, other),
            new WindowSigner(
                Primitives.portable().ed25519().generate(new SecureRandom()), SESSION))) {
      WindowVerifier fresh = new WindowVerifier(KEY.verifyingKey(), SESSION, 8);
      wrong.add(new byte[] {1}, 0, 1);
      fresh.add(new byte[] {1}, 0, 1);
      WindowSignature signature = wrong.sign();
      assertThatThrownBy(() -> fresh.verify(signature)).isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void refusesWrongBoundsEmptyWindowsReplaysAndFlippedBits() throws Exception {
    assertRefused(new WindowSignature(0, 0, new byte[64]));
    send(new byte[] {1});
    WindowSignature good = signer.sign();
    assertRefused(new WindowSignature(1, 1, good.signature()));
    assertRefused(new WindowSignature(0, 2, good.signature()));
    for (int bit = 0; bit < 512; bit++) {
      byte[] forged = good.signature().clone();
      forged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(new WindowSignature(0, 1, forged));
    }
    verifier.verify(good);
    verifier.add(new byte[] {1}, 0, 1);
    assertRefused(good); // the same message again needs a signature at its own index
  }

  @Test
  void endsASessionWhoseSignatureIsOverdue() throws Exception {
    for (int i = 0; i < 8; i++) {
      verifier.add(new byte[] {1}, 0, 1);
    }
    assertThatThrownBy(() -> verifier.add(new byte[] {1}, 0, 1))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.closeCode()).isEqualTo(CloseCode.BAD_SIGNATURE));
  }

  @Test
  void flightsAreFilledExactlyOrRefused() throws Exception {
    for (byte[] flight :
        List.of(
            new byte[0],
            new byte[] {0, 0, 0, 0},
            new byte[] {0, 0, 0, 2, 1},
            new byte[] {0, 0, 0, 1, 9, 0},
            new byte[] {-1, -1, -1, -1, 9},
            new byte[] {0x7f, -1, -1, -1, 9})) {
      assertThatThrownBy(
              () -> {
                FlightReader reader = new FlightReader(flight, 0, flight.length);
                while (reader.next()) {
                  assertThat(reader.length()).isPositive();
                }
              })
          .isInstanceOfSatisfying(
              ProtocolException.class,
              e -> assertThat(e.closeCode()).isEqualTo(CloseCode.PROTOCOL_ERROR));
    }
    byte[] two = {0, 0, 0, 1, 7, 0, 0, 0, 2, 8, 9};
    FlightReader reader = new FlightReader(two, 0, two.length);
    assertThat(reader.next()).isTrue();
    assertThat(two[reader.offset()]).isEqualTo((byte) 7);
    assertThat(reader.next()).isTrue();
    assertThat(reader.length()).isEqualTo(2);
    assertThat(reader.next()).isFalse();
  }

  private void send(byte[] envelope) throws ProtocolException {
    signer.add(envelope, 0, envelope.length);
    verifier.add(envelope, 0, envelope.length);
  }

  private void assertRefused(WindowSignature signature) {
    assertThatThrownBy(() -> verifier.verify(signature))
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.closeCode()).isEqualTo(CloseCode.BAD_SIGNATURE));
  }

  private static boolean proves(
      SignedWindow window, byte[] envelope, int index, List<byte[]> path, byte[] root) {
    return SignedWindow.proves(
        KEY.verifyingKey(),
        window.sessionHash(),
        window.firstIndex(),
        window.count(),
        window.signature(),
        envelope,
        index,
        path,
        root);
  }
}
