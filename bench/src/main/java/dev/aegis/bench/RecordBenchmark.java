package dev.aegis.bench;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.RecordSealer;
import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Sealing and opening one record. Baselines: the JDK's ChaCha20-Poly1305 set up for every record,
/// as any AEAD call must be, and the same cipher in one endless stream without setting up, which is
/// the floor.
///
/// Opening works in place and in order, so a record is copied out of a prepared ring first; the
/// baseline copies too.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RecordBenchmark {
  private static final int RING = 512;
  private static final String JDK_CIPHER = "ChaCha20-Poly1305";

  @Param({"64", "256", "16384"})
  int bytes;

  private final Primitives primitives = Primitives.select();
  private final byte[] key = new byte[32];
  private final byte[] iv = new byte[12];
  private final SecretKeySpec keySpec = new SecretKeySpec(key, "ChaCha20");
  private final Cipher jdk = jdkCipher();
  private final Cipher stream = jdkCipher();
  private RecordSealer sealer = primitives.recordSealer(key, iv);
  private RecordOpener opener = primitives.recordOpener(key, iv);
  private byte[] buffer = new byte[0];
  private byte[] streamBuffer = new byte[0];
  private byte[][] ring = new byte[0][];
  private byte[][] jdkRing = new byte[0][];
  private int next;
  private long nonce;

  @Setup
  public void prepare() throws GeneralSecurityException {
    buffer = new byte[bytes + RecordSealer.TAG_BYTES];
    streamBuffer = new byte[bytes + RecordSealer.TAG_BYTES + 64];
    sealer = primitives.recordSealer(key, iv);
    RecordSealer ringSealer = primitives.recordSealer(key, iv);
    ring = new byte[RING][];
    jdkRing = new byte[RING][];
    for (int i = 0; i < RING; i++) {
      ring[i] = new byte[bytes + RecordSealer.TAG_BYTES];
      ringSealer.seal(ring[i], 0, bytes);
      jdkRing[i] = new byte[bytes + RecordSealer.TAG_BYTES];
      jdk.init(Cipher.ENCRYPT_MODE, keySpec, new IvParameterSpec(nonce(i)));
      jdk.doFinal(jdkRing[i], 0, bytes, jdkRing[i], 0);
    }
    next = RING;
    stream.init(Cipher.ENCRYPT_MODE, keySpec, new IvParameterSpec(nonce(-1)));
  }

  @Benchmark
  public int seal() {
    return sealer.seal(buffer, 0, bytes);
  }

  @Benchmark
  public int sealByJdkCipher() throws GeneralSecurityException {
    jdk.init(Cipher.ENCRYPT_MODE, keySpec, new IvParameterSpec(nonce(++nonce)));
    return jdk.doFinal(buffer, 0, bytes, buffer, 0);
  }

  @Benchmark
  public int sealByBareStream() throws GeneralSecurityException {
    return stream.update(streamBuffer, 0, bytes, streamBuffer, 0);
  }

  @Benchmark
  public int open() throws AuthenticationException {
    if (next >= RING) {
      next = 0;
      opener = primitives.recordOpener(key, iv);
    }
    byte[] record = ring[next++];
    System.arraycopy(record, 0, buffer, 0, record.length);
    return opener.open(buffer, 0, record.length);
  }

  @Benchmark
  public int openByJdkCipher() throws GeneralSecurityException {
    if (next >= RING) {
      next = 0;
    }
    byte[] record = jdkRing[next];
    System.arraycopy(record, 0, buffer, 0, record.length);
    jdk.init(Cipher.DECRYPT_MODE, keySpec, new IvParameterSpec(nonce(next++)));
    return jdk.doFinal(buffer, 0, record.length, buffer, 0);
  }

  private static byte[] nonce(long number) {
    byte[] nonce = new byte[12];
    for (int i = 0; i < Long.BYTES; i++) {
      nonce[11 - i] = (byte) (number >>> (8 * i));
    }
    return nonce;
  }

  private static Cipher jdkCipher() {
    try {
      return Cipher.getInstance(JDK_CIPHER, "SunJCE");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + JDK_CIPHER, e);
    }
  }
}
