package dev.aegis.bench.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class HeapUseTest {
  @Test
  void readsTheHeapAndNotTheMetaspaceBehindIt() throws IOException {
    String printed =
        """
        4711:
         garbage-first heap   total reserved 6172672K, committed 99328K, used 41234K [0x1, 0x2)
          region size 4096K, 5 young (20480K), 0 survivors (0K)
         Metaspace       used 40960K, committed 41408K, reserved 1114112K
        """;
    assertThat(HeapUse.parse(printed)).isEqualTo(new HeapUse(41_234L * 1024));
  }

  @Test
  void saysWhenThereIsNoHeap() {
    assertThatThrownBy(() -> HeapUse.parse("no such process")).isInstanceOf(IOException.class);
  }
}
