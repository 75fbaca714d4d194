package dev.aegis.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void whatATerminalTakesForACommandDoesNotReachIt() {
    assertThat(Plain.of("\u001b[2J\u009b31mtask\r\n\u007f")).isEqualTo("�[2J�31mtask���");
    assertThat(Plain.of("Aufgabe für 🤖")).isEqualTo("Aufgabe für 🤖");
  }

  @Test
  void aRowIsALineWhateverIsInIt() {
    Table table = new Table("ID", "TYPE");
    table.row("1", "two\nlines");
    table.row("12", "\u001b]0;title\u0007");
    StringWriter out = new StringWriter();
    table.print(new PrintWriter(out));
    assertThat(out.toString().lines())
        .containsExactly("ID  TYPE", "1   two�lines", "12  �]0;title�");
  }
}
