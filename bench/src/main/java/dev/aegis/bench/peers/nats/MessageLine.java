package dev.aegis.bench.peers.nats;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The line before a message: `MSG subject sid [reply] bytes`, or `HMSG subject sid [reply]
/// header-bytes total-bytes`. Reused: it holds the last one read. Confined to one thread.
final class MessageLine {
  private static final int MAX_WORDS = 6;

  private final int[] begins = new int[MAX_WORDS];
  private final int[] ends = new int[MAX_WORDS];
  private byte[] line = new byte[0];
  private int words;
  private boolean withHeaders;
  private int headerBytes;
  private int totalBytes;

  /// @param line stays in use until the next call
  /// @return whether it is such a line
  /// @throws IOException it begins like one, but is none
  boolean parse(byte[] line, int bytes) throws IOException {
    this.line = line;
    withHeaders = startsWith("HMSG ", bytes);
    if (!withHeaders && !startsWith("MSG ", bytes)) {
      return false;
    }
    split(bytes);
    int least = withHeaders ? 5 : 4;
    if (words != least && words != least + 1) {
      throw malformed(bytes);
    }
    totalBytes = number(words - 1, bytes);
    headerBytes = withHeaders ? number(words - 2, bytes) : 0;
    if (headerBytes > totalBytes) {
      throw malformed(bytes);
    }
    return true;
  }

  private boolean startsWith(String word, int bytes) {
    if (bytes < word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (line[i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void split(int bytes) throws IOException {
    words = 0;
    int at = 0;
    while (at < bytes) {
      int begin = at;
      while (at < bytes && line[at] != ' ' && line[at] != '\t') {
        at++;
      }
      if (at > begin) {
        if (words == MAX_WORDS) {
          throw malformed(bytes);
        }
        begins[words] = begin;
        ends[words++] = at;
      }
      at++;
    }
  }

  private int number(int word, int bytes) throws IOException {
    int value = 0;
    for (int i = begins[word]; i < ends[word]; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9 || value > 100_000_000) {
        throw malformed(bytes);
      }
      value = value * 10 + digit;
    }
    return value;
  }

  private IOException malformed(int bytes) {
    return new IOException(
        "not a NATS message: " + new String(line, 0, bytes, StandardCharsets.ISO_8859_1));
  }

  private String word(int index) {
    return new String(line, begins[index], ends[index] - begins[index], StandardCharsets.US_ASCII);
  }

  String subject() {
    return word(1);
  }

  /// The number behind the last dot of the subject, -1 for none.
  int subjectNumber() {
    int value = 0;
    int at = begins[1];
    for (int i = begins[1]; i < ends[1]; i++) {
      if (line[i] == '.') {
        at = i + 1;
      }
    }
    if (at == ends[1]) {
      return -1;
    }
    for (int i = at; i < ends[1]; i++) {
      int digit = line[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  int subscription() throws IOException {
    return number(2, ends[words - 1]);
  }

  @Nullable String reply() {
    return words == (withHeaders ? 6 : 5) ? word(3) : null;
  }

  int headerBytes() {
    return headerBytes;
  }

  int totalBytes() {
    return totalBytes;
  }
}
