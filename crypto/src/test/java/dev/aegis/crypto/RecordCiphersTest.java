package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RecordCiphersTest {
  private static final List<RecordCipher.Implementation> ALL = Providers.available().records();
  private static final RecordCipher.Implementation FIRST = ALL.getFirst();
  private static final RecordCipher.Implementation LAST = ALL.getLast();
  private static final byte[] KEY = new byte[RecordCipher.KEY_BYTES];
  private static final byte[] IV = new byte[RecordCipher.IV_BYTES];

  @Test
  @Timeout(30)
  void looksOnceAfterManyLargeRecordsAndGoesOnWithTheSameNumbers() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    CountDownLatch mayEnd = new CountDownLatch(1);
    RecordCiphers ciphers =
        new RecordCiphers(
            FIRST,
            inUse -> {
              looks.incrementAndGet();
              assertThat(inUse).isEqualTo(FIRST);
              await(mayEnd);
              return LAST;
            });
    RecordSealer sealer = new RecordSealer(ciphers, KEY, IV);
    RecordOpener opener = new RecordOpener(RecordCiphers.only(FIRST), KEY, IV);
    RecordSealer second = new RecordSealer(ciphers, KEY, IV);
    RecordOpener secondOpener = new RecordOpener(RecordCiphers.only(FIRST), KEY, IV);
    for (int i = 1; i < RecordCiphers.MANY_LARGE / 2; i++) {
      exchange(sealer, opener, RecordCiphers.LARGE_BYTES);
      exchange(sealer, opener, RecordCiphers.LARGE_BYTES - 1);
      exchange(second, secondOpener, RecordCiphers.LARGE_BYTES);
    }
    exchange(second, secondOpener, RecordCiphers.LARGE_BYTES);
    assertThat(looks).hasValue(0);

    // Nobody waits for the look, and there is no other.
    for (int i = 0; i < 2 * RecordCiphers.MANY_LARGE; i++) {
      exchange(sealer, opener, 3_000);
    }
    assertThat(ciphers.large()).isEqualTo(FIRST);
    mayEnd.countDown();
    while (!ciphers.large().equals(LAST)) {
      Thread.onSpinWait();
    }
    for (int size : new int[] {RecordCiphers.LARGE_BYTES, 10, 65_000, 2_047, 16_384}) {
      exchange(sealer, opener, size);
      exchange(second, secondOpener, size);
    }
    assertThat(ciphers.small()).isEqualTo(FIRST);
    assertThat(looks).hasValue(1);
  }

  @Test
  @Timeout(60)
  void theTrialPassesOverWhatSealsOtherwise() {
    RecordCipher.Implementation untagged =
        new RecordCipher.Implementation(LAST.provider(), "ChaCha7539");
    RecordCipher.Implementation missing =
        new RecordCipher.Implementation(LAST.provider(), "no such cipher");
    assertThat(RecordCipherTrial.fastest(LAST, List.of(untagged, missing, LAST))).isEqualTo(LAST);
    assertThat(ALL).contains(RecordCipherTrial.fastest(FIRST, ALL));
  }

  @Test
  @Timeout(60)
  void theProcessLooksAndSaysWhatItFound() throws Exception {
    Primitives primitives = Primitives.select();
    assertThat(primitives.choices())
        .containsEntry(
            "chacha20-poly1305 from 2 KiB",
            primitives.choices().get("chacha20-poly1305 below 2 KiB"));
    RecordSealer sealer = primitives.recordSealer(KEY, IV);
    RecordOpener opener = Primitives.portable().recordOpener(KEY, IV);
    for (int i = 0; i < RecordCiphers.MANY_LARGE; i++) {
      exchange(sealer, opener, 16_384);
    }
    List<Thread> looking =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals("aegis-record-ciphers"))
            .toList();
    assertThat(looking).isNotEmpty();
    for (Thread thread : looking) {
      thread.join();
    }
    assertThat(primitives.choices().get("chacha20-poly1305 from 2 KiB"))
        .isIn(ALL.stream().map(each -> Providers.label(each.provider())).toList());
    exchange(sealer, opener, 16_384);
    exchange(sealer, opener, 16);
  }

  private static void exchange(RecordSealer sealer, RecordOpener opener, int size)
      throws AuthenticationException {
    byte[] buffer = new byte[size + RecordSealer.TAG_BYTES];
    for (int i = 0; i < size; i++) {
      buffer[i] = (byte) (i * 31);
    }
    assertThat(opener.open(buffer, 0, sealer.seal(buffer, 0, size))).isEqualTo(size);
    for (int i = 0; i < size; i++) {
      if (buffer[i] != (byte) (i * 31)) {
        throw new AssertionError("byte " + i + " of " + size);
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
