package dev.aegis.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.gateway.admission.Usage;
import dev.aegis.gateway.topics.Subscription;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Frames between nodes as they were when they were first released: today's code reads them, and
/// writes the same.
class NodeFrameTest {
  private static final byte[] BYTES = {1, 2, 3};

  private static final List<NodeFrame> EVERY =
      List.of(
          new NodeFrame.ToAgent("default", BYTES),
          new NodeFrame.Answer("alice", BYTES),
          new NodeFrame.Control("bob", "default", BYTES),
          new NodeFrame.Broadcast("default", BYTES),
          new NodeFrame.ToTopic("default", Map.of("workers", 7L), true, BYTES),
          new NodeFrame.AgentChanged("alice"),
          new NodeFrame.SubscriptionsChanged("bob"),
          new NodeFrame.Groups(7, 2, false, List.of(new GroupChange(true, subscription()))),
          new NodeFrame.GroupsWanted(),
          new NodeFrame.UsageTold(7, List.of(new Usage.Taken("api.orders", "note", 12, 3))),
          new NodeFrame.UsageWanted(7, List.of("api.orders")),
          new NodeFrame.UsageKnown(
              List.of(
                  new Usage.Known(
                      "api.orders",
                      List.of(new Usage.Level("note", 12, 5)),
                      List.of(new Usage.Slot(9, 4))))),
          new NodeFrame.RegistryChanged(BYTES),
          new NodeFrame.ToChosen("bob", "default", BYTES));

  private static Subscription subscription() {
    try {
      return new Subscription(
          new UUID(0, 1),
          "alice",
          "default",
          TopicPattern.parse("job.*"),
          TopicFilter.parse(Map.of("type", "note")),
          "workers",
          false);
    } catch (EnvelopeException e) {
      throw new AssertionError("it breaks no rule", e);
    }
  }

  @Test
  void everyFrameIsAsItWas() throws IOException {
    Properties golden = golden();
    for (NodeFrame frame : EVERY) {
      String name = frame.getClass().getSimpleName();
      String bytes = golden.getProperty(name);
      assertThat(HexFormat.of().formatHex(frame.encode()))
          .as("%s: nodes of the version before read this, see docs/UPGRADES.md", name)
          .isEqualTo(bytes);
      assertThat(NodeFrame.decode(HexFormat.of().parseHex(bytes)))
          .usingRecursiveComparison()
          .isEqualTo(frame);
    }
    assertThat(EVERY).hasSize(NodeFrame.class.getPermittedSubclasses().length);
    assertThat(golden).hasSize(EVERY.size());
  }

  @Test
  void aFrameThatIsNotKnownIsNotMisread() {
    byte[] unknown = EVERY.getFirst().encode();
    unknown[0] = 100;
    assertThatThrownBy(() -> NodeFrame.decode(unknown))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsAddedBehindTextsIsPassedOver() {
    for (NodeFrame frame : EVERY.subList(5, 7)) {
      byte[] encoded = frame.encode();
      assertThat(NodeFrame.decode(Arrays.copyOf(encoded, encoded.length + 3))).isEqualTo(frame);
    }
  }

  private static Properties golden() throws IOException {
    Properties golden = new Properties();
    try (InputStream in =
        NodeFrameTest.class.getResourceAsStream("/formats/node-frames.properties")) {
      golden.load(Objects.requireNonNull(in));
    }
    return golden;
  }
}
