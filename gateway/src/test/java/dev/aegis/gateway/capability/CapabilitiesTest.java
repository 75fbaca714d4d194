package dev.aegis.gateway.capability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.store.AbleAgent;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.PoolName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  private final Map<String, Long> here = new HashMap<>();
  private final Capabilities capabilities =
      new Capabilities(
          new Mailboxes() {
            @Override
            public Depth depth(String recipient) {
              return new Depth(1, 1, here.getOrDefault(recipient, 0L), 0);
            }

            @Override
            public boolean owns(String recipient) {
              return here.containsKey(recipient);
            }
          },
          new SplittableRandom(1));

  @Test
  void namesAndAttributesAreAskedForExactly() {
    able(
        agent("plain", "[{\"name\":\"translate\"}]"),
        agent(
            "german",
            "[{\"name\":\"translate\",\"attributes\":{\"to\":\"de\",\"fast\":true,\"v\":2}}]"),
        agent("both", "[{\"name\":\"translate\"},{\"name\":\"review\"}]"));

    assertThat(chosen("cap:translate")).containsExactlyInAnyOrder("plain", "german", "both");
    assertThat(chosen("cap:translate;to=de")).containsExactly("german");
    assertThat(chosen("cap:translate;fast=true;v=2")).containsExactly("german");
    assertThat(chosen("cap:translate,review")).containsExactly("both");
    assertThat(chosen("cap:translate;to=fr")).isEmpty();
    assertThat(chosen("cap:Translate")).isEmpty();
    assertThat(capabilities.any("org", address("cap:translate;to=fr"))).isFalse();
    assertThat(capabilities.any("org", address("cap:review"))).isTrue();
  }

  @Test
  void organizationsDoNotShareAgents() {
    able(new AbleAgent("theirs", "other", "[{\"name\":\"a\"}]", true, 0, 0));
    assertThat(capabilities.any("org", address("cap:a"))).isFalse();
    assertThat(capabilities.any("other", address("cap:a"))).isTrue();
  }

  @Test
  void whoHasHadItIsNotChosenAgain() {
    able(agent("one", "[{\"name\":\"a\"}]"), agent("two", "[{\"name\":\"a\"}]"));
    Candidate another =
        capabilities.chooseAnother("org", address("cap:a"), Set.of("one", "cap:org#1"), _ -> true);
    assertThat(Objects.requireNonNull(another).id()).isEqualTo("two");
    assertThat(capabilities.chooseAnother("org", address("cap:a"), Set.of("one", "two"), _ -> true))
        .isNull();
  }

  @Test
  void ofAgentsHereWhatLiesInTheirMailboxesCountsAndWhatIsOnItsWay() {
    able(agent("one", "[{\"name\":\"a\"}]"), agent("two", "[{\"name\":\"a\"}]"));
    here.put("one", 3L);
    here.put("two", 2L);
    assertThat(chosen("cap:a")).containsExactly("two");
    capabilities.sending("two");
    capabilities.sending("two");
    assertThat(chosen("cap:a")).containsExactly("one");
    capabilities.sent("two", true);
    capabilities.sent("two", false);
    assertThat(chosen("cap:a")).containsExactly("two");
  }

  @Test
  void ofAgentsElsewhereTheRowsCountAndWhatWasSentSince() {
    able(
        new AbleAgent("one", "org", "[{\"name\":\"a\"}]", true, 2, 0),
        new AbleAgent("two", "org", "[{\"name\":\"a\"}]", true, 1, 0));
    assertThat(chosen("cap:a")).containsExactly("two");
    for (int i = 0; i < 2; i++) {
      capabilities.sending("two");
      capabilities.sent("two", true);
    }
    assertThat(chosen("cap:a")).containsExactly("one");
    able(
        new AbleAgent("one", "org", "[{\"name\":\"a\"}]", true, 2, 0),
        new AbleAgent("two", "org", "[{\"name\":\"a\"}]", true, 1, 0));
    assertThat(chosen("cap:a")).as("rows may be a moment behind").containsExactly("one");
    able(
        new AbleAgent("one", "org", "[{\"name\":\"a\"}]", true, 2, 0),
        new AbleAgent("two", "org", "[{\"name\":\"a\"}]", true, 1, 0));
    assertThat(chosen("cap:a")).containsExactly("two");
  }

  /// The bound of what an agent has at a time is for agents of other nodes too.
  @Test
  void whatAgentsElsewhereWereSentCountsAsWaiting() {
    able(new AbleAgent("one", "org", "[{\"name\":\"a\"}]", true, 2, 70));
    capabilities.sending("one");
    capabilities.sending("one");
    capabilities.sent("one", true);
    Candidate one = Objects.requireNonNull(capabilities.choose("org", address("cap:a"), _ -> true));
    assertThat(capabilities.waiting(one).messages()).isEqualTo(4);
    assertThat(capabilities.waiting(one).bytes()).isEqualTo(70);
  }

  @Test
  void aPoolIsTheSameForTheSameCapabilities() {
    String pool = PoolName.of("org", address("cap:a;k=v,b"));
    assertThat(PoolName.of("org", address("cap:b,a"))).isEqualTo(pool);
    assertThat(PoolName.of("other", address("cap:a,b"))).isNotEqualTo(pool);
    assertThat(PoolName.isOne(pool)).isTrue();
    assertThat(PoolName.isOne("capable")).isFalse();
    assertThat(PoolName.organization(pool)).isEqualTo("org");
  }

  private void able(AbleAgent... agents) {
    capabilities.update(List.of(agents));
  }

  private static AbleAgent agent(String id, String abilities) {
    return new AbleAgent(id, "org", abilities, true, 0, 0);
  }

  private Set<String> chosen(String to) {
    Set<String> chosen = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      Candidate one = capabilities.choose("org", address(to), _ -> true);
      if (one != null) {
        chosen.add(one.id());
      }
    }
    return chosen;
  }

  private static CapabilityAddress address(String to) {
    return Objects.requireNonNull(CapabilityAddress.parse(to));
  }
}
