package dev.aegis.bench.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcFsTest {
  private final long self = ProcessHandle.current().pid();

  @BeforeEach
  void onlyWhereThereIsOne() {
    assumeThat(ProcFs.isAvailable()).isTrue();
  }

  @Test
  void seesTheProcessorTimeThatThisProcessTakes() {
    long before = ProcFs.cpuMicros(self);
    long busy = ProcFs.busyMicros();
    await()
        .pollDelay(0, TimeUnit.MILLISECONDS)
        .pollInterval(1, TimeUnit.MILLISECONDS)
        .until(() -> ProcFs.cpuMicros(self) >= before + 50_000);
    assertThat(ProcFs.busyMicros()).isGreaterThan(busy);
    assertThat(ProcFs.cpuMicrosByThread(self).values().stream().mapToLong(Long::longValue).sum())
        .isPositive()
        .isLessThanOrEqualTo(ProcFs.cpuMicros(self));
  }

  @Test
  void seesItsMemory() {
    assertThat(ProcFs.rssBytes(self)).isBetween(10L << 20, 100L << 30);
  }

  @Test
  void aProcessThatIsNotThereTakesNothing() {
    long nobody = Integer.MAX_VALUE;
    assertThat(ProcFs.cpuMicros(nobody)).isZero();
    assertThat(ProcFs.rssBytes(nobody)).isZero();
    assertThat(ProcFs.descendantsCpuMicros(nobody)).isZero();
    assertThat(ProcFs.cpuMicrosByThread(nobody)).isEmpty();
  }
}
