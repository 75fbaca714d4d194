package dev.aegis.gateway.topics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.topics.TopicFabric.MemberElsewhere;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Limits;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AudienceTest {
  private final List<Subscription> fitting = new ArrayList<>();
  private final Set<String> connected = new HashSet<>();
  private final List<MemberElsewhere> elsewhere = new ArrayList<>();
  private final Random random = new Random(3);

  @Test
  void bestEffortGoesToWhoeverIsConnectedOnce() throws Exception {
    here("a", null, false);
    here("a", null, false);
    here("b", null, true);
    away("c", null, true);

    Audience audience = audience(Guarantee.BEST_EFFORT);

    assertThat(audience.stored()).isEmpty();
    assertThat(audience.live()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void durableIsStoredForDurableSubscribersAndLiveForTheOthers() throws Exception {
    here("a", null, false);
    here("b", null, true);
    here("b", null, false);
    away("c", null, true);

    Audience audience = audience(Guarantee.AT_LEAST_ONCE);

    assertThat(audience.stored()).containsExactlyInAnyOrder("b", "c");
    assertThat(audience.live()).containsExactly("a");
  }

  @Test
  void eachGroupIsServedOnce() throws Exception {
    here("a", "g", false);
    here("b", "g", false);
    here("c", "h", false);
    away("d", "h", false);
    away("e", "nobody", false);

    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      Audience audience = audience(Guarantee.BEST_EFFORT);
      assertThat(audience.live()).hasSize(2).contains("c");
      assertThat(audience.turns()).isEmpty();
      audience.live().forEach(agent -> counts.merge(agent, 1, Integer::sum));
    }
    assertThat(counts.get("a")).isBetween(400, 600);
    assertThat(counts.get("b")).isBetween(400, 600);
  }

  @Test
  void aGroupKeepsADurableMessageForOneOfItsDurableMembers() throws Exception {
    here("a", "g", false);
    away("b", "g", true);
    away("c", "g", true);

    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      Audience audience = audience(Guarantee.EXACTLY_ONCE);
      assertThat(audience.stored()).hasSize(1);
      assertThat(audience.live()).isEmpty();
      counts.merge(audience.stored().iterator().next(), 1, Integer::sum);
    }
    assertThat(counts).hasSize(2);
    assertThat(counts.get("b")).isBetween(400, 600);
  }

  @Test
  void exactlyOnceMeetsTheSameMemberAgainWhoeverIsConnected() throws Exception {
    for (String agent : List.of("a", "b", "c", "d")) {
      away(agent, "g", true);
    }
    for (int i = 0; i < 100; i++) {
      UUID id = UUID.randomUUID();
      connected.clear();
      Set<String> first = audience(Guarantee.EXACTLY_ONCE, id).stored();
      connected.add("b");
      Collections.shuffle(fitting, random);
      assertThat(audience(Guarantee.EXACTLY_ONCE, id).stored()).isEqualTo(first);
    }
  }

  @Test
  void atLeastOncePrefersMembersThatAreConnected() throws Exception {
    away("a", "g", true);
    here("b", "g", true);
    for (int i = 0; i < 100; i++) {
      assertThat(audience(Guarantee.AT_LEAST_ONCE).stored()).containsExactly("b");
    }
  }

  @Test
  void theMembersOfAGroupTakeTurnsWhereverTheyAre() throws Exception {
    here("a", "g", false);
    there(2, "b", "g", false);
    there(2, "c", "g", false);
    there(3, "d", "g", false);

    Map<Long, Integer> counts = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      Audience audience = audience(Guarantee.BEST_EFFORT);
      long node = audience.turns().getOrDefault("g", 1L);
      assertThat(audience.live()).hasSize(node == 1 ? 1 : 0);
      assertThat(audience.isEmpty()).isFalse();
      counts.merge(node, 1, Integer::sum);
    }
    assertThat(counts.get(1L)).isBetween(180, 320);
    assertThat(counts.get(2L)).isBetween(420, 580);
    assertThat(counts.get(3L)).isBetween(180, 320);
  }

  @Test
  void aGroupWithMembersAtOtherNodesOnlyIsServedThere() throws Exception {
    away("a", "g", false);
    there(2, "b", "g", false);

    Audience audience = audience(Guarantee.AT_LEAST_ONCE);

    assertThat(audience.stored()).isEmpty();
    assertThat(audience.live()).isEmpty();
    assertThat(audience.turns()).isEqualTo(Map.of("g", 2L));
  }

  @Test
  void aDurableMemberKeepsWhatIsDurableWhoeverIsConnectedElsewhere() throws Exception {
    away("a", "g", true);
    away("b", "g", true);
    there(2, "b", "g", true);
    there(2, "c", "g", false);
    for (int i = 0; i < 100; i++) {
      Audience audience = audience(Guarantee.AT_LEAST_ONCE);
      assertThat(audience.stored()).as("one that is connected").containsExactly("b");
      assertThat(audience.turns()).isEmpty();
    }
  }

  @Test
  void whoseTurnItIsPicksOneOfTheConnectedMembersWithoutStoring() throws Exception {
    here("a", "g", true);
    here("b", "g", false);
    away("c", "g", true);
    here("d", null, true);

    for (int i = 0; i < 100; i++) {
      Audience audience =
          Audience.here(
              fitting,
              header(Guarantee.AT_LEAST_ONCE, UUID.randomUUID()),
              connected::contains,
              random::nextInt);
      assertThat(audience.live()).hasSize(1).containsAnyOf("a", "b");
      assertThat(audience.turns()).isEmpty();
    }
  }

  @Test
  void aLeavingMemberChangesNothingForTheOthers() throws Exception {
    for (String agent : List.of("a", "b", "c")) {
      away(agent, "g", true);
    }
    List<Subscription> without = fitting.stream().filter(s -> !s.agent().equals("c")).toList();
    for (int i = 0; i < 200; i++) {
      RoutingHeader header = header(Guarantee.EXACTLY_ONCE, UUID.randomUUID());
      Set<String> all =
          Audience.of(fitting, List.of(), header, connected::contains, random::nextInt).stored();
      Set<String> left =
          Audience.of(without, List.of(), header, connected::contains, random::nextInt).stored();
      if (!all.contains("c")) {
        assertThat(left).isEqualTo(all);
      }
    }
  }

  private void here(String agent, @Nullable String group, boolean durable) throws Exception {
    connected.add(agent);
    away(agent, group, durable);
  }

  private void there(long node, String agent, String group, boolean durable) throws Exception {
    elsewhere.add(new MemberElsewhere(node, subscription(agent, group, durable)));
  }

  private void away(String agent, @Nullable String group, boolean durable)
      throws EnvelopeException {
    fitting.add(subscription(agent, group, durable));
  }

  private static Subscription subscription(String agent, @Nullable String group, boolean durable)
      throws EnvelopeException {
    return new Subscription(
        UUID.randomUUID(), agent, "org", TopicPattern.parse(">"), TopicFilter.ALL, group, durable);
  }

  private Audience audience(Guarantee guarantee) throws EnvelopeException {
    return audience(guarantee, UUID.randomUUID());
  }

  private Audience audience(Guarantee guarantee, UUID id) throws EnvelopeException {
    return Audience.of(
        fitting, elsewhere, header(guarantee, id), connected::contains, random::nextInt);
  }

  private static RoutingHeader header(Guarantee guarantee, UUID id) throws EnvelopeException {
    byte[] envelope =
        EnvelopeCodec.encode(
            Message.builder(Kind.EVENT, id, "pub", "topic:a", "t").guarantee(guarantee).build());
    return RoutingHeader.parse(envelope, 0, envelope.length, Limits.defaults());
  }
}
