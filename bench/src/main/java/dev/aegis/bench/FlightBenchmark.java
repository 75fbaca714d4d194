package dev.aegis.bench;

import dev.aegis.crypto.AuthenticationException;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.ProtocolException;
import java.util.Arrays;
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

/// Putting envelopes into a flight and sealing it, and walking over an opened one; time per flight.
/// Baseline: a record for each envelope.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FlightBenchmark {
  private static final int PAYLOAD_BYTES = 256;

  @Param({"1", "8", "32"})
  int envelopes;

  private final byte[] envelope = Samples.envelope(PAYLOAD_BYTES);
  private final byte[] key = new byte[32];
  private final byte[] iv = new byte[12];
  private final Primitives primitives = Primitives.select();
  private final RecordSealer sealer = primitives.recordSealer(key, iv);
  private final FlightWriter writer = new FlightWriter(16 << 10);
  private byte[] opened = new byte[0];

  @Setup
  public void prepare() throws AuthenticationException {
    for (int i = 0; i < envelopes; i++) {
      writer.append(envelope);
    }
    byte[] record = writer.seal(primitives.recordSealer(key, iv));
    int length = primitives.recordOpener(key, iv).open(record, 0, record.length);
    opened = Arrays.copyOf(record, length);
  }

  @Benchmark
  public byte[] write() {
    for (int i = 0; i < envelopes; i++) {
      writer.append(envelope);
    }
    return writer.seal(sealer);
  }

  @Benchmark
  public void writeByRecordEach(Blackhole sink) {
    for (int i = 0; i < envelopes; i++) {
      writer.append(envelope);
      sink.consume(writer.seal(sealer));
    }
  }

  @Benchmark
  public int read() throws ProtocolException {
    FlightReader reader = new FlightReader(opened, 0, opened.length);
    int bytes = 0;
    while (reader.next()) {
      bytes += reader.length();
    }
    return bytes;
  }
}
