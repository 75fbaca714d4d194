package dev.aegis.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlotTest {
  @Test
  void drawsLinesThatCanBeReadOff() {
    String html =
        new Plot("latency <b>", "ms", "s")
            .line("p50", new double[] {0, 10}, new double[] {0, 4})
            .line("p99", new double[] {0, 5, 10}, new double[] {8, Double.NaN, 10})
            .html();

    assertThat(html)
        .contains("latency &lt;b>, ms")
        .contains("<g class=\"l0\"><path d=\"M64.0 224.0L612.0 139.2\"/>")
        .contains("M64.0 54.4M612.0 12.0")
        .contains("<title>p50, 10 s: 4 ms</title>")
        .contains(">2 s</text>", ">10 s</text>", ">8</text>")
        .doesNotContain("NaN");
  }

  @Test
  void drawsNothingWithoutValues() {
    assertThat(new Plot("none", "ms", "s").line("p50", new double[0], new double[0]).html())
        .contains("<path d=\"\"/>");
  }

  @Test
  void stepsAreRound() {
    assertThat(Plot.step(10)).isEqualTo(2);
    assertThat(Plot.step(37_000)).isEqualTo(10_000);
    assertThat(Plot.step(0.9)).isEqualTo(0.2);
    assertThat(Plot.step(0)).isEqualTo(1);
  }

  @Test
  void aPageStandsAlone() {
    Figures figures = new Figures().put("command", "bench <x>").put("commit", "abc");
    String html = new Page("Load & more", figures).table(new Table().row("a", "1")).html();
    assertThat(html)
        .startsWith("<!doctype html>")
        .contains("Load &amp; more", "bench &lt;x>", "abc", "<pre>a  1\n</pre>")
        .doesNotContain("http", "<script");
  }
}
