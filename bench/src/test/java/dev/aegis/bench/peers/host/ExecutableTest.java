package dev.aegis.bench.peers.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ExecutableTest {
  @Test
  void readsTheFirstVersionNumber() throws IOException {
    Executable.Version nats = Executable.versionIn("nats-server: v2.9.10\n");
    assertThat(nats).hasToString("2.9.10");
    assertThat(nats.isAtLeast(2, 9)).isTrue();
    assertThat(nats.isAtLeast(1, 10)).isTrue();
    assertThat(nats.isAtLeast(2, 10)).isFalse();
    assertThat(nats.isAtLeast(3, 0)).isFalse();
    assertThat(Executable.versionIn("version 2.10").isAtLeast(2, 10)).isTrue();
  }

  @Test
  void saysWhatHasNone() {
    assertThatThrownBy(() -> Executable.versionIn("usage"))
        .isInstanceOf(IOException.class)
        .hasMessage("no version in: usage");
  }

  @Test
  void findsNothingThatIsNotThere() {
    assertThat(Executable.find("no-program-of-this-name")).isEmpty();
  }
}
