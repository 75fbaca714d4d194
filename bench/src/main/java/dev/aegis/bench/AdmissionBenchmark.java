package dev.aegis.bench;

import dev.aegis.gateway.admission.Excess;
import dev.aegis.gateway.admission.Quota;
import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.RateLimiter.Sender;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.protocol.Priority;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Asking whether an agent may send one more message: its own rate, that of the message's type and,
/// with `quota`, how many it sent in the last hour. Every message passes. Baselines: Bucket4j with
/// one bucket of two rates, and the clock that both have to read.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AdmissionBenchmark {
  private static final int MANY = 1_000_000_000;

  private final Rates rates =
      new Rates(new Rate(MANY, MANY), new Rate(MANY, MANY), new Rate(MANY, MANY));
  private final RateLimiter limiter = new RateLimiter(rates, 1_000);
  private final RateLimiter withQuota =
      new RateLimiter(rates.withQuota(new Quota(MANY, Duration.ofHours(1))), 1_000);
  private final Bucket bucket =
      Bucket.builder()
          .addLimit(perSecond())
          .addLimit(perSecond())
          .withNanosecondPrecision()
          .build();

  @Benchmark
  public @Nullable Excess take() {
    return limiter.take("planner-7", Sender.SESSION, "task", Priority.NORMAL, System.nanoTime());
  }

  @Benchmark
  public boolean takeByBucket4j() {
    return bucket.tryConsume(1);
  }

  @Benchmark
  public long takeByNothingButTheClock() {
    return System.nanoTime();
  }

  @Benchmark
  public @Nullable Excess quota() {
    return withQuota.take("planner-7", Sender.SESSION, "task", Priority.NORMAL, System.nanoTime());
  }

  private static Bandwidth perSecond() {
    return Bandwidth.builder().capacity(MANY).refillGreedy(MANY, Duration.ofSeconds(1)).build();
  }
}
