package dev.aegis.bench;

import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.protocol.Control.WindowSignature;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.protocol.SignedWindow;
import dev.aegis.protocol.WindowSigner;
import dev.aegis.protocol.WindowVerifier;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/// One signing window: every message hashed into the tree, one signature. A figure is for the whole
/// window. Baseline: the same messages signed, or verified, each on its own.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class WindowBenchmark {
  @Param({"1", "8", "64", "256"})
  int messages;

  private final byte[] sessionHash = new byte[32];
  private final byte[] envelope = Samples.envelope(256);
  private final SigningKey key = Primitives.select().ed25519().signingKey(new byte[32]);
  private final VerifyingKey verifyingKey = key.verifyingKey();
  private final byte[] single = key.sign(envelope);
  private final WindowSigner signer = new WindowSigner(key, sessionHash);
  private WindowSignature window = signer(0).sign();

  @Setup
  public void prepare() {
    window = signer(messages).sign();
  }

  private WindowSigner signer(int count) {
    WindowSigner fresh = new WindowSigner(key, sessionHash);
    for (int i = 0; i < Math.max(1, count); i++) {
      fresh.add(envelope, 0, envelope.length);
    }
    return fresh;
  }

  @Benchmark
  public WindowSignature sign() {
    for (int i = 0; i < messages; i++) {
      signer.add(envelope, 0, envelope.length);
    }
    return signer.sign();
  }

  @Benchmark
  public void signByMessage(Blackhole sink) {
    for (int i = 0; i < messages; i++) {
      sink.consume(key.sign(envelope));
    }
  }

  /// With a verifier of its own, because a verifier takes each window once.
  @Benchmark
  public SignedWindow verify() throws ProtocolException {
    WindowVerifier verifier =
        new WindowVerifier(verifyingKey, sessionHash, Limits.defaults().maxUnsignedMessages());
    for (int i = 0; i < messages; i++) {
      verifier.add(envelope, 0, envelope.length);
    }
    return verifier.verify(window);
  }

  @Benchmark
  public void verifyByMessage(Blackhole sink) {
    for (int i = 0; i < messages; i++) {
      sink.consume(verifyingKey.verify(envelope, single));
    }
  }
}
