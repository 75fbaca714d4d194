package dev.aegis.bench.report;

import java.util.ArrayList;
import java.util.List;

/// A table for people: columns as wide as what stands in them, numbers to the right.
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  public Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /// For a terminal.
  public String text() {
    int[] widths = widths();
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        line.append(i == 0 ? "" : "  ").append(pad(row.get(i), widths[i]));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  /// For a Markdown file; the first row is the head.
  public String markdown() {
    StringBuilder out = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      out.append("| ").append(String.join(" | ", rows.get(r))).append(" |\n");
      if (r == 0) {
        out.append("|---".repeat(rows.get(r).size())).append("|\n");
      }
    }
    return out.toString();
  }

  private int[] widths() {
    int[] widths = new int[rows.stream().mapToInt(List::size).max().orElse(0)];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return widths;
  }

  private static String pad(String cell, int width) {
    String spaces = " ".repeat(width - cell.length());
    boolean number = !cell.isEmpty() && (Character.isDigit(cell.charAt(0)) || cell.startsWith("-"));
    return number ? spaces + cell : cell + spaces;
  }
}
