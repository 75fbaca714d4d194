package dev.aegis.bench.cluster;

import dev.aegis.bench.compare.Subject;
import dev.aegis.bench.load.LoadPlan;

/// One load that is put on a cluster and on a gateway alone.
///
/// @param way how it comes in and goes out
record Trial(Subject subject, LoadPlan plan, Way way) {
  private static final String TOPIC_NAME = "bench.topic";

  /// How messages come in and go out.
  enum Way {
    /// Senders at the first node, receivers at the last.
    AGENTS,
    /// One sender; receivers at all nodes hear its topic.
    TOPIC,
    /// Senders over REST at the first node, receivers at the last.
    REST
  }

  Nodes on(Nodes nodes) {
    return switch (way) {
      case AGENTS -> nodes;
      case TOPIC -> nodes.withTopic(TOPIC_NAME);
      case REST -> nodes.withRest();
    };
  }
}
