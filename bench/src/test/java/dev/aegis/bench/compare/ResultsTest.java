package dev.aegis.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.report.Figures;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTest {
  private final Subject subject =
      new Subject(
          "W2X",
          "W2x",
          "some",
          List.of(new Subject.Measure("rate", "messages/s"), new Subject.Measure("lost", "lost")));

  private final Results results = new Results("aegis", List.of("peer", "ours", "theirs"));

  private void add(String system, int round, double rate, long lost) {
    results.add(subject, system, round, new Figures().number("rate", rate).put("lost", lost));
  }

  @Test
  void ratiosAreOfTheRoundsThatHaveBoth() {
    add("aegis", 1, 100, 0);
    add("nats", 1, 200, 0);
    add("nats", 2, 100, 3);
    add("aegis", 2, 150, 0);
    add("aegis", 3, 900, 0);
    results.failed(subject, "nats", 3, "it did not start");

    assertThat(results.table().text().lines().map(line -> line.strip().replaceAll(" +", " ")))
        .containsExactly(
            "measure peer ours theirs ratio least most",
            "W2x some messages/s nats 150 150 1 0.5 1.5",
            "W2x some lost nats 0 1.5 - - -");
    assertThat(results.raw()).hasSize(6);
    assertThat(results.raw().getLast()).containsEntry("failed", "it did not start");
  }

  @Test
  void showsWhatWasMeasuredOfAegisAlone() {
    add("aegis", 1, 100, 2);

    assertThat(results.table().text().lines().map(line -> line.strip().replaceAll(" +", " ")))
        .contains("W2x some messages/s - 100 - - - -", "W2x some lost - 2 - - - -");
  }
}
