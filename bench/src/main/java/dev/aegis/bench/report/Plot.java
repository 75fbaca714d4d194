package dev.aegis.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/// A line chart as SVG: what is drawn can be read off, by the axes and by pointing at a value. Both
/// axes begin at 0. Use once.
public final class Plot {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 260;
  private static final int LEFT = 64;
  private static final int RIGHT = 28;
  private static final int TOP = 12;
  private static final int BOTTOM = 36;
  private static final int TICKS = 5;

  /// How much room a mark on the x axis needs.
  private static final int LABEL = 46;

  private final String title;
  private final String unit;
  private final String xUnit;
  private final Map<Double, String> xTicks = new LinkedHashMap<>();
  private final List<Line> lines = new ArrayList<>();

  private record Line(String name, double[] xs, double[] ys) {}

  /// @param unit of the values
  /// @param xUnit of what they are drawn over
  public Plot(String title, String unit, String xUnit) {
    this.title = title;
    this.unit = unit;
    this.xUnit = xUnit;
  }

  /// A line through these points. Of a value that is not a number the line has a gap.
  public Plot line(String name, double[] xs, double[] ys) {
    lines.add(new Line(name, xs.clone(), ys.clone()));
    return this;
  }

  /// A mark on the x axis, where there is room; from left to right. Without any they are put at
  /// round values.
  public Plot xTick(double x, String label) {
    xTicks.put(x, label);
    return this;
  }

  /// A `figure` for an HTML page.
  public String html() {
    double maxX = largest(Line::xs);
    double maxY = largest(Line::ys);
    double stepY = step(maxY);
    double topY = Math.max(stepY, Math.ceil(maxY / stepY) * stepY);
    StringBuilder out = new StringBuilder();
    out.append("<figure><figcaption>")
        .append(Page.escaped(title))
        .append(", ")
        .append(Page.escaped(unit))
        .append("</figcaption><p class=\"legend\">");
    for (int i = 0; i < lines.size(); i++) {
      String name = Page.escaped(lines.get(i).name);
      out.append("<span class=\"l%d\">%s</span> ".formatted(i, name));
    }
    out.append("</p><svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(WIDTH, HEIGHT));
    for (double y = 0; y <= topY + stepY / 2; y += stepY) {
      double at = y(y, topY);
      out.append(
          String.format(
                  Locale.ROOT, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, at, WIDTH - RIGHT)
              + String.format(
                  Locale.ROOT,
                  "<text x=\"%d\" y=\"%.1f\" class=\"end\">%s</text>",
                  LEFT - 6,
                  at + 4,
                  Figures.text(y)));
    }
    double free = 0;
    for (Map.Entry<Double, String> tick : xTicks(maxX).entrySet()) {
      double at = x(tick.getKey(), maxX);
      if (at >= free) {
        out.append(
            String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" class=\"middle\">%s</text>",
                at,
                HEIGHT - BOTTOM + 18,
                Page.escaped(tick.getValue())));
        free = at + LABEL;
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      draw(out, lines.get(i), i, maxX, topY);
    }
    return out.append("</svg></figure>\n").toString();
  }

  private double largest(Function<Line, double[]> of) {
    return lines.stream()
        .flatMapToDouble(line -> Arrays.stream(of.apply(line)))
        .filter(Double::isFinite)
        .max()
        .orElse(0);
  }

  private Map<Double, String> xTicks(double maxX) {
    if (!xTicks.isEmpty()) {
      return xTicks;
    }
    Map<Double, String> round = new LinkedHashMap<>();
    double step = step(maxX);
    for (double x = 0; x <= maxX + step / 1e6; x += step) {
      round.put(x, Figures.text(x) + " " + xUnit);
    }
    return round;
  }

  private void draw(StringBuilder out, Line line, int number, double maxX, double topY) {
    StringBuilder path = new StringBuilder();
    StringBuilder points = new StringBuilder();
    boolean pen = false;
    for (int i = 0; i < line.xs.length; i++) {
      if (!Double.isFinite(line.ys[i])) {
        pen = false;
        continue;
      }
      double x = x(line.xs[i], maxX);
      double y = y(line.ys[i], topY);
      path.append(String.format(Locale.ROOT, "%s%.1f %.1f", pen ? "L" : "M", x, y));
      pen = true;
      String at = xTicks.getOrDefault(line.xs[i], Figures.text(line.xs[i]) + " " + xUnit);
      points.append(
          String.format(
              Locale.ROOT,
              "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%s, %s: %s %s</title></circle>",
              x,
              y,
              Page.escaped(line.name),
              Page.escaped(at),
              Figures.text(line.ys[i]),
              Page.escaped(unit)));
    }
    out.append("<g class=\"l%d\"><path d=\"%s\"/>%s</g>".formatted(number, path, points));
  }

  private static double x(double value, double max) {
    return LEFT + (max == 0 ? 0 : value / max * (WIDTH - LEFT - RIGHT));
  }

  private static double y(double value, double top) {
    return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
  }

  /// 1, 2 or 5 times a power of ten, so that there are about five.
  static double step(double max) {
    if (max <= 0) {
      return 1;
    }
    double rough = max / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    for (int factor : new int[] {1, 2, 5}) {
      if (rough <= factor * power * 1.000_001) {
        return factor * power;
      }
    }
    return 10 * power;
  }
}
