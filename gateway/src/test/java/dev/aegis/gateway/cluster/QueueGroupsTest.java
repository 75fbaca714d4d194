package dev.aegis.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.topics.Subscription;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// What a node tells of its queue groups, and what another makes of it, over a way that may lose.
class QueueGroupsTest {
  private static final long NODE = 7;

  private final GroupsHere here = new GroupsHere(NODE);
  private final List<Long> asked = new ArrayList<>();
  private final GroupsElsewhere elsewhere = new GroupsElsewhere(asked::add);
  private long now = 1;

  @Test
  void connectedMembersAreTold() throws Exception {
    here.hears("org");
    here.connected("bob");
    here.joined(member("bob", "job.*", "g"));
    here.joined(member("away", "job.*", "g"));
    pass();
    assertThat(found("job.x")).containsExactly("bob");
    assertThat(found("other.x")).isEmpty();

    here.connected("away");
    here.disconnected("bob");
    pass();
    assertThat(found("job.x")).containsExactly("away");

    here.left(member("away", "job.*", "g"));
    pass();
    assertThat(found("job.x")).isEmpty();
    assertThat(asked).isEmpty();
  }

  @Test
  void anAgentThatLogsInAgainStaysAMember() throws Exception {
    here.hears("org");
    here.joined(member("bob", ">", "g"));
    here.connected("bob");
    here.connected("bob");
    here.disconnected("bob");
    pass();
    assertThat(found("job.x")).containsExactly("bob");
  }

  @Test
  void nobodyIsTurnedToInAnOrganizationThatTheNodeDoesNotHear() throws Exception {
    here.connected("bob");
    here.joined(member("bob", ">", "g"));
    pass();
    assertThat(found("job.x")).isEmpty();
    here.hears("org");
    pass();
    assertThat(found("job.x")).containsExactly("bob");
    here.hearsNoMore("org");
    pass();
    assertThat(found("job.x")).isEmpty();
  }

  @Test
  void whoMissedSomethingAsksAndIsTold() throws Exception {
    here.hears("org");
    here.connected("bob");
    here.joined(member("bob", ">", "g"));
    here.news(); // lost
    sign();
    assertThat(found("job.x")).isEmpty();
    assertThat(asked).containsExactly(NODE);
    sign();
    assertThat(asked).as("asked once in a while").hasSize(1);

    here.tellAll();
    pass();
    assertThat(found("job.x")).containsExactly("bob");

    here.disconnected("bob");
    here.news(); // lost as well
    here.connected("carl");
    here.joined(member("carl", ">", "g"));
    pass();
    here.tellAll();
    pass();
    assertThat(found("job.x")).containsExactly("carl");
  }

  @Test
  void aNodeThatIsSilentDoesNotCount() throws Exception {
    here.hears("org");
    here.connected("bob");
    here.joined(member("bob", ">", "g"));
    pass();
    now += GroupsElsewhere.LASTS_NANOS;
    assertThat(found("job.x")).isEmpty();
    assertThat(elsewhere.size(now)).isZero();
    sign();
    assertThat(found("job.x")).containsExactly("bob");
    elsewhere.forget(NODE);
    assertThat(found("job.x")).isEmpty();
  }

  @Test
  void whatIsToldAgainIsWholeEvenInManyFrames() throws Exception {
    here.hears("org");
    Set<String> all = new TreeSet<>();
    for (int i = 0; i < 3 * GroupsHere.FRAME_CHANGES; i++) {
      all.add("a" + i);
      here.connected("a" + i);
      here.joined(member("a" + i, ">", "g"));
    }
    here.news(); // lost
    sign();
    here.tellAll();
    pass();
    assertThat(found("job.x")).isEqualTo(all);
  }

  @Test
  void whatIsKnownElsewhereBecomesWhatIsHereWhateverIsLost() throws Exception {
    Random random = new Random(11);
    here.hears("org");
    Map<String, Integer> sessions = new HashMap<>();
    Set<String> members = new HashSet<>();
    for (int step = 0; step < 5_000; step++) {
      String agent = "a" + random.nextInt(20);
      switch (random.nextInt(4)) {
        case 0 -> {
          here.connected(agent);
          sessions.merge(agent, 1, Integer::sum);
        }
        case 1 -> {
          if (sessions.containsKey(agent)) {
            here.disconnected(agent);
            sessions.computeIfPresent(agent, (_, n) -> n == 1 ? null : n - 1);
          }
        }
        case 2 -> {
          here.joined(member(agent, ">", "g"));
          members.add(agent);
        }
        default -> {
          here.left(member(agent, ">", "g"));
          members.remove(agent);
        }
      }
      now += 1_000_000;
      for (NodeFrame.Groups frame : here.news()) {
        if (random.nextInt(3) > 0) {
          hear(frame);
        }
      }
      answer();
    }
    for (int i = 0; i < 3; i++) {
      now += 1_000_000_000;
      sign();
      answer();
      pass();
    }
    Set<String> expected = new TreeSet<>(members);
    expected.retainAll(sessions.keySet());
    assertThat(found("x")).isEqualTo(expected);
    assertThat(elsewhere.size(now)).isEqualTo(expected.size());
  }

  private void answer() {
    if (!asked.isEmpty()) {
      asked.clear();
      here.tellAll();
    }
  }

  private void pass() {
    here.news().forEach(this::hear);
  }

  private void sign() {
    NodeFrame.Groups frame = here.sign();
    if (frame != null) {
      hear(frame);
    }
  }

  private void hear(NodeFrame.Groups frame) {
    elsewhere.heard((NodeFrame.Groups) NodeFrame.decode(frame.encode()), now);
  }

  private Set<String> found(String topic) {
    Set<String> found = new TreeSet<>();
    elsewhere.match(
        "org",
        topic,
        now,
        each -> {
          assertThat(each.node()).isEqualTo(NODE);
          found.add(each.subscription().agent());
        });
    return found;
  }

  private static Subscription member(String agent, String pattern, String group)
      throws EnvelopeException {
    return new Subscription(
        new UUID(1, agent.hashCode()),
        agent,
        "org",
        TopicPattern.parse(pattern),
        TopicFilter.parse(Map.of("type", "job")),
        group,
        false);
  }
}
