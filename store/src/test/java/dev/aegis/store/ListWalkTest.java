package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ListWalkTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final MessageList.Position NEWEST = MessageList.Position.before(NOW);

  /// What comes of the spans, one after the other; the last one for all behind it, too.
  private final Deque<Answer> answers = new ArrayDeque<>();

  private final List<Long> lengths = new ArrayList<>();
  private long nanos;

  private record Answer(ListWalk.End end, long millis, List<StoredMessage> messages) {}

  private void answer(ListWalk.End end, long millis, StoredMessage... messages) {
    answers.add(new Answer(end, millis, List.of(messages)));
  }

  private MessageList page(MessageList.Position from, long fromMillis, int limit) {
    ListWalk.Spans spans =
        (at, oldest, _, divisible) -> {
          lengths.add(at.atMillis() - oldest);
          Answer next = answers.size() > 1 ? answers.remove() : answers.element();
          nanos += TimeUnit.MILLISECONDS.toNanos(next.millis);
          if (next.end == ListWalk.End.TOO_LONG && !divisible) {
            throw new StoreException.TooLong("too long", null);
          }
          return new ListWalk.Span(next.messages, next.end);
        };
    return new ListWalk(spans, () -> nanos).page(from, fromMillis, limit, NOW);
  }

  @Test
  void whatWasFoundIsAnsweredWhereTheNextSpanTakesTooLong() {
    StoredMessage found = message(NOW - 1_000);
    answer(ListWalk.End.READ, 10, found);
    answer(ListWalk.End.TOO_LONG, 2_000);
    MessageList page = page(NEWEST, 0, 10);
    assertThat(page.messages()).containsExactly(found);
    assertThat(at(page)).isEqualTo(MessageList.Position.before(NOW - 60_000));
    assertThat(lengths).containsExactly(60_000L, 480_000L);
  }

  @Test
  void aStepForwardIsAnsweredAlsoWhereNothingWasFound() {
    answer(ListWalk.End.READ, 10);
    answer(ListWalk.End.TOO_LONG, 2_000);
    MessageList page = page(NEWEST, 0, 10);
    assertThat(page.messages()).isEmpty();
    assertThat(at(page)).isEqualTo(MessageList.Position.before(NOW - 60_000));
  }

  @Test
  void withoutAStepForwardTheSpanIsShortened() {
    answer(ListWalk.End.TOO_LONG, 2_000);
    answer(ListWalk.End.READ, 50);
    MessageList page = page(NEWEST, 0, 10);
    assertThat(lengths).containsExactly(60_000L, 234L);
    assertThat(at(page)).isEqualTo(MessageList.Position.before(NOW - 234));
  }

  @Test
  void whereNotEvenAMillisecondIsReadInTimeItSaysSoSoon() {
    answer(ListWalk.End.TOO_LONG, 2_000);
    assertThatThrownBy(() -> page(NEWEST, 0, 10)).isInstanceOf(StoreException.TooLong.class);
    assertThat(lengths).containsExactly(60_000L, 234L, 1L);
  }

  @Test
  void spansWithTooManyMessagesAreShortenedAndDoNotOutlastTheShare() {
    answer(ListWalk.End.READ, 10);
    answer(ListWalk.End.TOO_MANY, 100);
    assertThat(at(page(NEWEST, 0, 10))).isEqualTo(MessageList.Position.before(NOW - 60_000));
    assertThat(lengths).containsExactly(60_000L, 480_000L, 30_000L, 1_875L);
  }

  @Test
  void aFullPageEndsAtItsLastMessageAndTheListAtItsBeginning() {
    StoredMessage found = message(NOW - 1_000);
    answer(ListWalk.End.READ, 1, found);
    assertThat(at(page(NEWEST, 0, 1))).isEqualTo(MessageList.Position.of(found));
    assertThat(page(NEWEST, NOW - 5_000, 10).next()).isNull();
    assertThat(lengths).containsExactly(60_000L, 5_000L);
  }

  @Test
  void aCallEndsWithItsShareWhateverIsLeft() {
    answer(ListWalk.End.READ, 120);
    answer(ListWalk.End.READ, 50);
    answer(ListWalk.End.READ, 120);
    MessageList page = page(NEWEST, 0, 10);
    assertThat(lengths).containsExactly(60_000L, 30_000L, 120_000L);
    assertThat(at(page)).isEqualTo(MessageList.Position.before(NOW - 210_000));
  }

  @Test
  void theNextCallGoesOnWithTheSpanThatThisOneCameTo() {
    answer(ListWalk.End.READ, 90);
    answer(ListWalk.End.READ, 170);
    MessageList page = page(NEWEST, 0, 10);
    assertThat(lengths).containsExactly(60_000L, 240_000L);
    assertThat(page.next())
        .as("the longer one took hardly longer")
        .isEqualTo(MessageList.Position.before(NOW - 300_000).withSpan(960_000));
    lengths.clear();
    page(Objects.requireNonNull(page.next()), 0, 10);
    assertThat(lengths.getFirst()).isEqualTo(960_000);
  }

  @Test
  void whateverSpanACallIsToldIsOneThatCanBeRead() {
    answer(ListWalk.End.READ, 1);
    assertThat(page(NEWEST.withSpan(Long.MAX_VALUE), 0, 10).next()).isNull();
    answers.clear();
    answer(ListWalk.End.TOO_LONG, 2_000);
    assertThatThrownBy(() -> page(NEWEST.withSpan(1), 0, 10))
        .isInstanceOf(StoreException.TooLong.class);
  }

  private static MessageList.Position at(MessageList page) {
    return Objects.requireNonNull(page.next()).withSpan(0);
  }

  private static StoredMessage message(long acceptedAtMillis) {
    return new StoredMessage(
        UUID.randomUUID(),
        "alice",
        "bob",
        1,
        1,
        1,
        2,
        1,
        "task",
        null,
        null,
        null,
        new byte[] {1},
        MessageStatus.PENDING,
        null,
        0,
        0,
        0,
        acceptedAtMillis,
        0,
        0,
        0,
        null,
        0,
        null);
  }
}
