package dev.aegis.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class FrameInputTest {
  private static final int FRAMES = 2_000;
  private static final int MOST_BYTES = 4_096;

  @Test
  void readsWhatIsLeft() throws IOException {
    try (FrameInput in = new FrameInput(new byte[] {7, 1, 2, 3})) {
      assertThat(in.readByte()).isEqualTo((byte) 7);
      assertThat(in.readAllBytes()).containsExactly(1, 2, 3);
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  /// One that comes with every message: its garbage is that of the message, and not of a buffer.
  @Test
  void aFrameTakesLittleMoreRoomThanItsBytes() {
    byte[] frame = new NodeFrame.ToAgent("default", new byte[300]).encode();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    NodeFrame.decode(frame);
    long before = threads.getCurrentThreadAllocatedBytes();
    int bytes = 0;
    for (int i = 0; i < FRAMES; i++) {
      if (NodeFrame.decode(frame) instanceof NodeFrame.ToAgent(_, byte[] delivery)) {
        bytes += delivery.length;
      }
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / FRAMES;

    assertThat(bytes).isEqualTo(FRAMES * 300);
    assertThat(each).isBetween(1L, (long) MOST_BYTES);
  }
}
