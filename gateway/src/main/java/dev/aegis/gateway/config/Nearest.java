package dev.aegis.gateway.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Guesses what somebody meant to write.
final class Nearest {
  private Nearest() {}

  /// The candidate that is most like the word, if one is like it at all.
  static Optional<String> of(String word, List<String> candidates) {
    int tolerance = Math.max(2, word.length() / 3);
    return candidates.stream()
        .filter(candidate -> distance(word, candidate) <= tolerance)
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .or(() ->
            candidates.stream()
                .filter(candidate -> lastPart(candidate).equals(lastPart(word)))
                .findFirst());
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }

  /// Levenshtein's: how many letters to add, drop or change.
  private static int distance(String left, String right) {
    int[] above = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] row = new int[right.length() + 1];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int changed = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(changed, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[right.length()];
  }
}
