package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/// How much the calling thread has allocated since this object was made. The allowance is large
/// enough for what the JVM itself does on the side and small beside what a length in an envelope
/// can claim.
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long ALLOWANCE_BYTES = 4L << 20;
  private static final long PER_INPUT_BYTE = 64;

  private final long before = THREADS.getCurrentThreadAllocatedBytes();

  /// Fails when an input of this length has cost more than its class of size.
  void assertInProportionTo(int inputBytes) {
    assertThat(THREADS.getCurrentThreadAllocatedBytes() - before)
        .isLessThan(ALLOWANCE_BYTES + PER_INPUT_BYTE * inputBytes);
  }
}
