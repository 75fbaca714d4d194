package dev.aegis.gateway.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a gateway answers to a scrape, taken apart.
final class Exposition {
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");
  private static final Pattern PART = Pattern.compile("_(bucket|count|sum)$");

  private final Map<String, Family> families = new TreeMap<>();
  private final List<Sample> samples = new ArrayList<>();

  /// A metric with all its samples.
  ///
  /// @param labels without those that make up a histogram
  record Family(String name, String type, String help, Set<String> labels) {}

  record Sample(String name, Map<String, String> labels, double value) {}

  static Exposition parse(String text) {
    Exposition parsed = new Exposition();
    Map<String, String> help = new LinkedHashMap<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        help.put(words[2], words.length > 3 ? words[3] : "");
      } else if (line.startsWith("# TYPE ")) {
        parsed.families.put(
            words[2],
            new Family(words[2], words[3], help.getOrDefault(words[2], ""), new TreeSet<>()));
      } else {
        parsed.add(line);
      }
    }
    return parsed;
  }

  private void add(String line) {
    Matcher sample = SAMPLE.matcher(line);
    if (!sample.matches()) {
      throw new AssertionError("no sample: " + line);
    }
    Map<String, String> labels = new TreeMap<>();
    if (sample.group(2) != null) {
      LABEL.matcher(sample.group(2)).results().forEach(l -> labels.put(l.group(1), l.group(2)));
    }
    String name = sample.group(1);
    samples.add(new Sample(name, labels, Double.parseDouble(sample.group(3))));
    Family family = families.get(name);
    if (family == null) {
      family = families.get(PART.matcher(name).replaceFirst(""));
    }
    if (family == null) {
      throw new AssertionError("a sample without a type: " + line);
    }
    family.labels().addAll(labels.keySet());
    family.labels().remove("le");
    family.labels().remove("quantile");
  }

  Map<String, Family> families() {
    return families;
  }

  List<Sample> samples() {
    return samples;
  }

  List<Sample> samples(String name) {
    return samples.stream().filter(sample -> sample.name().equals(name)).toList();
  }

  /// The values that labels have.
  Map<String, Set<String>> labels() {
    Map<String, Set<String>> values = new TreeMap<>();
    for (Sample sample : samples) {
      sample
          .labels()
          .forEach((name, value) -> values.computeIfAbsent(name, _ -> new TreeSet<>()).add(value));
    }
    return values;
  }

  /// The only sample of that name with at least these labels.
  double value(String name, String... labels) {
    List<Sample> found =
        samples(name).stream()
            .filter(sample -> {
              for (int i = 0; i < labels.length; i += 2) {
                if (!labels[i + 1].equals(sample.labels().get(labels[i]))) {
                  return false;
                }
              }
              return true;
            })
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " samples of " + name);
    }
    return found.getFirst().value();
  }
}
