package dev.aegis.bench.scaling;

import dev.aegis.bench.report.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A Markdown file whose tables are made: each stands between two comments, and what is between
/// them is replaced.
///
/// ```
/// <!-- bench scaling: costs -->
/// <!-- end -->
/// ```
record Document(Path file) {
  private static final String BEGIN = "<!-- bench scaling: ";
  private static final String END = "<!-- end -->";

  /// @param tables by name
  /// @param origin where they come from, which has a place of its own, named `origin`
  /// @throws IOException it cannot be read or written, or one of the tables has no place in it
  void write(Map<String, Table> tables, String origin) throws IOException {
    Files.writeString(file, with(Files.readString(file), tables, origin));
  }

  String with(String text, Map<String, Table> tables, String origin) throws IOException {
    String replaced = replace(text, "origin", origin + "\n");
    for (Map.Entry<String, Table> table : tables.entrySet()) {
      replaced = replace(replaced, table.getKey(), table.getValue().markdown());
    }
    return replaced;
  }

  private String replace(String text, String name, String content) throws IOException {
    String begin = BEGIN + name + " -->\n";
    int from = text.indexOf(begin);
    int until = from < 0 ? -1 : text.indexOf(END, from);
    if (until < 0) {
      throw new IOException(
          file + " has no place for " + name + ": " + begin.strip() + " … " + END);
    }
    return text.substring(0, from + begin.length()) + "\n" + content + "\n" + text.substring(until);
  }
}
