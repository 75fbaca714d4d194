package dev.aegis.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void roundsToWhatIsWorthReading() {
    assertThat(Figures.text(0.123456)).isEqualTo("0.1235");
    assertThat(Figures.text(12.3456)).isEqualTo("12.35");
    assertThat(Figures.text(1_234_567.8)).isEqualTo("1,234,568");
    assertThat(Figures.text(0)).isEqualTo("0");
  }

  @Test
  void keepsTheOrderAndWritesOneLine() {
    Figures figures =
        new Figures().put("b", "x").number("a", 1.0 / 3).number("none", Double.NaN).put("n", 3);
    assertThat(figures.json()).isEqualTo("{\"b\":\"x\",\"a\":0.3333,\"none\":null,\"n\":3}");
    assertThat(figures.text("none")).isEqualTo("-");
    assertThat(figures.text("n")).isEqualTo("3");
  }

  @Test
  void tablesLineUp() {
    Table table = new Table().row("name", "value").row("a", "1").row("long name", "1,000");
    assertThat(table.text()).isEqualTo("name       value\na              1\nlong name  1,000\n");
    assertThat(table.markdown())
        .isEqualTo("| name | value |\n|---|---|\n| a | 1 |\n| long name | 1,000 |\n");
  }
}
