package dev.aegis.gateway.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.gateway.registry.RegistryEvent.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RegistryFeedTest {
  private final AtomicLong now = new AtomicLong(1);
  private final List<RegistryEvent> passedOn = new ArrayList<>();
  private final RegistryFeed feed = new RegistryFeed("here", now::get, passedOn::add);

  private static final class Heard implements RegistryFeed.Follower {
    final List<String> agents = new ArrayList<>();
    int missed;

    @Override
    public void missed() {
      missed++;
    }

    @Override
    public void event(RegistryEvent event) {
      agents.add(event.agent());
    }
  }

  @Test
  void whoComesBackGetsWhatItHasNotSeenAndThenWhatComes() {
    tell("a");
    tell("b");
    tell("c");
    Heard heard = follow(passedOn.getFirst().id());
    tell("d");
    assertThat(heard.agents).containsExactly("b", "c", "d");
    assertThat(heard.missed).isZero();
    feed.leave(heard);
    tell("e");
    assertThat(heard.agents).doesNotContain("e");
    assertThat(feed.followers()).isZero();
  }

  @Test
  void whoBeginsGetsWhatComes() {
    tell("before");
    Heard heard = follow(null);
    tell("after");
    assertThat(heard.agents).containsExactly("after");
  }

  @Test
  void whoWasAwayForTooLongIsTold() {
    tell("first");
    String first = passedOn.getFirst().id();
    for (int i = 1; i < RegistryFeed.WINDOW; i++) {
      tell("more");
    }
    assertThat(follow(first).missed).isZero();
    assertThat(follow(first).agents).hasSize(RegistryFeed.WINDOW - 1);
    tell("one too many");
    Heard heard = follow(first);
    assertThat(heard.missed).isEqualTo(1);
    assertThat(heard.agents).isEmpty();
    assertThat(follow("of nobody").missed).isEqualTo(1);
  }

  @Test
  void whoChangesTheNodeGetsWhatOthersSaidAMomentBeforeAgain() {
    elsewhere("long-1", "long ago");
    now.addAndGet(TimeUnit.SECONDS.toNanos(10));
    elsewhere("other-1", "unseen");
    tell("own, before");
    tell("seen");
    elsewhere("other-2", "behind");
    Heard heard = follow(passedOn.getLast().id());
    assertThat(heard.agents).containsExactly("unseen", "behind");
  }

  @Test
  void anEventThatIsNoneIsRefused() {
    assertThatThrownBy(() -> feed.fromElsewhere(new byte[] {0, 3, 1}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> feed.fromElsewhere(new byte[] {0, 1, 'X', 0, 0, 0, 0, 0, 0, 0, 0}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void tell(String agent) {
    feed.tell(Kind.UPDATED, "org", agent, "{}");
  }

  private void elsewhere(String id, String agent) {
    feed.fromElsewhere(new RegistryEvent(id, Kind.UPDATED, "org", agent, "{}").encode());
  }

  private Heard follow(@Nullable String last) {
    Heard heard = new Heard();
    feed.follow(last, heard);
    return heard;
  }
}
