package dev.aegis.gateway.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Finds what a query uses that no gateway exposes, as far as names of metrics and labels go.
final class PromQl {
  private static final Pattern METRIC =
      Pattern.compile("\\b((?:aegis|jvm|process|system|disk)_[a-z0-9_]+)\\s*(\\{[^}]*})?");
  private static final Pattern SELECTOR = Pattern.compile("(\\w+)\\s*(=~|!=|!~|=)\\s*\"([^\"]*)\"");
  private static final Pattern BY = Pattern.compile("\\b(?:by|on)\\s*\\(([^)]*)\\)");

  /// What Prometheus adds.
  private static final Set<String> ADDED = Set.of("job", "instance", "le");

  private PromQl() {}

  /// What is wrong with a query, or with text that names metrics; empty if nothing is.
  static List<String> problems(String query, Exposition exposed) {
    List<String> problems = new ArrayList<>();
    METRIC.matcher(query).results().forEach(use -> check(use, exposed, problems));
    Map<String, Set<String>> labels = exposed.labels();
    BY.matcher(query)
        .results()
        .flatMap(by -> Arrays.stream(by.group(1).split(",")))
        .map(String::strip)
        .filter(label -> label.matches("[a-z_]+"))
        .filter(label -> !labels.containsKey(label) && !ADDED.contains(label))
        .forEach(label -> problems.add("no metric has the label " + label));
    return problems;
  }

  private static void check(MatchResult use, Exposition exposed, List<String> problems) {
    String metric = use.group(1);
    List<Exposition.Sample> samples = exposed.samples(metric);
    if (samples.isEmpty()) {
      if (!exposed.families().containsKey(metric)) {
        problems.add("no metric " + metric);
      }
      return;
    }
    if (use.group(2) == null) {
      return;
    }
    SELECTOR
        .matcher(use.group(2))
        .results()
        .filter(selector -> !ADDED.contains(selector.group(1)))
        .forEach(selector -> {
          String label = selector.group(1);
          for (String value :
              selector.group(2).endsWith("~")
                  ? selector.group(3).split("\\|", -1)
                  : new String[] {selector.group(3)}) {
            if (samples.stream().noneMatch(s -> value.equals(s.labels().get(label)))) {
              problems.add(metric + " has no " + label + "=\"" + value + "\"");
            }
          }
        });
  }
}
