package dev.aegis.bench;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.crypto.StorageSealer;
import dev.aegis.protocol.ProtocolException;
import dev.aegis.store.fabric.Flights;
import java.nio.charset.StandardCharsets;
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

/// What goes from node to node: flights put into an entry and sealed, and an entry opened and taken
/// apart; time per entry. Baseline: an entry for each flight.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EntryBenchmark {
  private static final int PAYLOAD_BYTES = 256;

  @Param({"1", "16", "160"})
  int flights;

  private final byte[] flight = Samples.envelope(PAYLOAD_BYTES);
  private final byte[] bound = "aegis fabric inbox".getBytes(StandardCharsets.US_ASCII);
  private final StorageCipher cipher = StorageCipher.fromKeyset(StorageCipher.newKeyset());
  private final StorageSealer sealer = cipher.sealer();
  private final Flights plain = new Flights();
  private byte[] together = new byte[0];
  private byte[] single = new byte[0];

  @Setup
  public void prepare() {
    together = write();
    plain.clear();
    plain.append(flight);
    single = sealed();
  }

  private byte[] sealed() {
    return sealer.seal(plain.array(), 0, plain.size(), bound);
  }

  @Benchmark
  public byte[] write() {
    plain.clear();
    for (int i = 0; i < flights; i++) {
      plain.append(flight);
    }
    return sealed();
  }

  @Benchmark
  public void writeByEntryEach(Blackhole sink) {
    for (int i = 0; i < flights; i++) {
      plain.clear();
      plain.append(flight);
      sink.consume(sealed());
    }
  }

  @Benchmark
  public int read() throws AuthenticationException, ProtocolException {
    return Flights.read(cipher.open(together, bound)).size();
  }

  @Benchmark
  public int readByEntryEach() throws AuthenticationException, ProtocolException {
    int read = 0;
    for (int i = 0; i < flights; i++) {
      read += Flights.read(cipher.open(single, bound)).size();
    }
    return read;
  }
}
