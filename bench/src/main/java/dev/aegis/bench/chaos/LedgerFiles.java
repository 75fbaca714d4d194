package dev.aegis.bench.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the files of all processes into one ledger, as they grow. Confined to one thread.
final class LedgerFiles {
  private final Map<Path, Long> read = new LinkedHashMap<>();
  private final Set<Path> begun = new HashSet<>();
  private final Ledger ledger = new Ledger();

  LedgerFiles(List<Path> files) {
    files.forEach(file -> read.put(file, 0L));
  }

  /// What was read so far.
  Ledger ledger() {
    return ledger;
  }

  /// Reads what has come since.
  Ledger readOn() throws IOException {
    for (Map.Entry<Path, Long> file : read.entrySet()) {
      file.setValue(
          LedgerFile.readOn(file.getKey(), file.getValue(), entry -> add(file.getKey(), entry)));
    }
    return ledger;
  }

  private void add(Path file, Entry entry) {
    ledger.add(file, entry);
    if (entry.what() == Entry.What.PROMISED || entry.what() == Entry.What.HANDLED) {
      begun.add(file);
    }
  }

  /// Whether in each file something was promised or handled.
  boolean allBegun() {
    return begun.size() == read.size();
  }

  /// Reads the rest, with nobody writing any more.
  ///
  /// @throws IOException a file is missing or damaged, so that nothing it says counts
  Ledger readAll() throws IOException {
    readOn();
    for (Map.Entry<Path, Long> file : read.entrySet()) {
      if (Files.size(file.getKey()) - file.getValue() >= Entry.BYTES) {
        throw new IOException(file.getKey() + " is damaged at byte " + file.getValue());
      }
    }
    return ledger;
  }
}
