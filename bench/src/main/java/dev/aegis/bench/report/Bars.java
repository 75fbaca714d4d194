package dev.aegis.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Horizontal bars as an SVG file that stands alone: groups with a scale each, and in each a bar
/// for every system, with a line from the least to the most that was measured. Use once.
public final class Bars {
  private static final int WIDTH = 800;
  private static final int LABEL_END = 150;
  private static final int VALUE_START = 560;
  private static final int BAR_HEIGHT = 20;
  private static final int TITLE_HEIGHT = 30;
  private static final int MARGIN = 10;
  private static final int LENGTH = VALUE_START - LABEL_END - 12;

  private static final String STYLE =
      """
      text { font: 13px system-ui, sans-serif; fill: #333; }
      .title { font-weight: 600; } .name { text-anchor: end; }
      .bar { fill: #9aa7b4; } .own { fill: #2a7de1; } .spread { stroke: #333; stroke-width: 1.5; }
      @media (prefers-color-scheme: dark) { text { fill: #ddd; } .spread { stroke: #ddd; } .bar { fill: #66727f; } }
      """;

  private final List<Group> groups = new ArrayList<>();

  /// Bars that can be compared with each other.
  public static final class Group {
    private final String title;
    private final List<Bar> bars = new ArrayList<>();

    private Group(String title) {
      this.title = title;
    }

    /// @param own whether it is ours
    /// @param values at least one
    public void bar(String name, boolean own, double... values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      bars.add(new Bar(name, own, Medians.of(sorted), sorted[0], sorted[sorted.length - 1]));
    }
  }

  private record Bar(String name, boolean own, double median, double least, double most) {}

  /// @param title what is measured, with its unit
  public Group group(String title) {
    Group group = new Group(title);
    groups.add(group);
    return group;
  }

  public String svg() {
    StringBuilder body = new StringBuilder();
    int y = MARGIN;
    for (Group group : groups) {
      body.append(text(MARGIN, y + 18, "title", group.title));
      y += TITLE_HEIGHT;
      double top = group.bars.stream().mapToDouble(Bar::most).max().orElse(0);
      for (Bar bar : group.bars) {
        draw(body, bar, y, top <= 0 ? 0 : LENGTH / top);
        y += BAR_HEIGHT;
      }
      y += MARGIN;
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\"><style>\n%s</style>\n%s</svg>\n"
        .formatted(WIDTH, y, STYLE, body);
  }

  private static void draw(StringBuilder out, Bar bar, int y, double scale) {
    out.append(text(LABEL_END, y + 14, "name", bar.name))
        .append(
            String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" class=\"%s\"/>\n",
                LABEL_END + 8,
                y + 3,
                Math.max(1, bar.median * scale),
                BAR_HEIGHT - 6,
                bar.own ? "own" : "bar"));
    if (bar.most > bar.least) {
      out.append(
          String.format(
              Locale.ROOT,
              "<path class=\"spread\" d=\"M%.1f %dH%.1f\"/>\n",
              LABEL_END + 8 + bar.least * scale,
              y + BAR_HEIGHT / 2,
              LABEL_END + 8 + bar.most * scale));
    }
    String value =
        bar.most > bar.least
            ? "%s (%s to %s)"
                .formatted(
                    Figures.text(bar.median), Figures.text(bar.least), Figures.text(bar.most))
            : Figures.text(bar.median);
    out.append(text(VALUE_START + 4, y + 14, "value", value));
  }

  private static String text(int x, int y, String kind, String content) {
    return "<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n"
        .formatted(x, y, kind, Page.escaped(content));
  }
}
