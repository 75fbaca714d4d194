package dev.aegis.bench.server;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much of its heap a gateway uses.
public record HeapUse(long usedBytes) {
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  /// Of the process with this number, after a full collection, which also gives unused memory back.
  public static HeapUse afterCollection(long pid) throws IOException, InterruptedException {
    Jcmd.run(pid, "GC.run");
    return parse(Jcmd.run(pid, "GC.heap_info"));
  }

  /// Reads what `GC.heap_info` printed; its first line is the heap.
  static HeapUse parse(String heapInfo) throws IOException {
    Matcher used = USED.matcher(heapInfo);
    if (!used.find()) {
      throw new IOException("no heap in: " + heapInfo);
    }
    return new HeapUse(Long.parseLong(used.group(1)) * 1024);
  }
}
