package dev.aegis.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// An HTML page that needs nothing beside itself: what was measured, what with, and plots. Use
/// once.
public final class Page {
  private static final String STYLE =
      """
      :root { color-scheme: light dark; }
      body { font: 15px/1.5 system-ui, sans-serif; max-width: 82rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { font-size: 1.4rem; }
      pre { overflow-x: auto; padding: .8rem 1rem; border: 1px solid #8884; border-radius: 6px; }
      .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1.5rem; }
      figure { margin: 0; }
      figcaption { font-weight: 600; }
      .legend { margin: 0; }
      .legend span::before { content: "— "; font-weight: 700; }
      svg text { font: 11px system-ui, sans-serif; fill: currentColor; opacity: .7; }
      svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
      svg .grid { stroke: #8884; }
      svg g path { fill: none; stroke: currentColor; stroke-width: 2; }
      svg circle { fill: transparent; } svg circle:hover { fill: currentColor; }
      .l0 { color: #2a7de1; } .l1 { color: #d9822b; } .l2 { color: #2e9d63; } .l3 { color: #b04bc4; }
      """;

  private final String title;
  private final Figures figures;
  private final List<String> parts = new ArrayList<>();
  private final List<Plot> plots = new ArrayList<>();

  /// @param figures with what they come from
  public Page(String title, Figures figures) {
    this.title = title;
    this.figures = figures;
  }

  public Page table(Table table) {
    parts.add("<pre>" + escaped(table.text()) + "</pre>\n");
    return this;
  }

  public Page plot(Plot plot) {
    plots.add(plot);
    return this;
  }

  public void write(Path file) throws IOException {
    Files.writeString(file, html());
  }

  String html() {
    StringBuilder out = new StringBuilder();
    out.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append(
            "<title>" + escaped(title) + "</title><style>\n" + STYLE + "</style></head><body>\n")
        .append("<h1>" + escaped(title) + "</h1>\n<p>");
    for (String origin : List.of("command", "at", "commit", "jdk", "machine")) {
      out.append(origin + ": <code>" + escaped(figures.text(origin)) + "</code><br>\n");
    }
    out.append("</p>\n<div class=\"plots\">\n");
    plots.forEach(plot -> out.append(plot.html()));
    out.append("</div>\n");
    parts.forEach(out::append);
    return out.append("</body></html>\n").toString();
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
