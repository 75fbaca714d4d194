package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A mailbox whose recipient does not keep up, as long as memory has room.
class HeldTest {
  private static final int WINDOW = 2;
  private static final int SIZE =
      new ModelStore().commit("s", Priority.NORMAL, 1, 0).envelope().length;
  private static final long OWN_BYTES = 5L * SIZE;

  private final ModelStore store = new ModelStore();
  private final List<Decision> decisions = new ArrayList<>();
  private final HeldBytes all = new HeldBytes(8L * SIZE);
  private final Mailbox mailbox = mailbox(decisions);

  @BeforeEach
  void connect() {
    mailbox.connected(ModelStore.EPOCH, 1, true, 0, 0, 0);
  }

  @Test
  void whatFindsNoRoomFollowsInOrderWithoutARead() {
    commit(Priority.NORMAL, 5);
    assertThat(delivered()).containsExactly(1L, 2L);
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.LIVE);

    ack(1, 2);
    assertThat(delivered()).containsExactly(1L, 2L, 3L, 4L);
    ack(3, 4);

    assertThat(delivered()).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(decisions).noneMatch(LoadPage.class::isInstance);
    assertThat(all.taken()).isZero();
  }

  @Test
  void theMostUrgentOfThemGoesFirst() {
    commit(Priority.LOW, 4);
    commit(Priority.CRITICAL, 1);

    ack(1, 2);

    assertThat(delivered()).containsExactly(1L, 2L, 5L, 3L);
  }

  @Test
  void beyondItsOwnBytesTheRestIsReadBehindThem() {
    commit(Priority.NORMAL, 9); // two on their way, five held
    assertThat(all.taken()).isEqualTo(OWN_BYTES);
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.CATCHING_UP);

    for (long sequence = 1; sequence <= 9; sequence++) {
      ack(sequence, sequence);
      loadPages();
    }

    assertThat(delivered()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.LIVE);
    assertThat(all.taken()).isZero();
  }

  @Test
  void beyondTheBytesOfAllTheRestIsReadToo() {
    assertThat(all.take(7 * SIZE)).isTrue();

    commit(Priority.NORMAL, 4);

    assertThat(all.taken()).isEqualTo(8L * SIZE);
    assertThat(mailbox.state()).isEqualTo(Mailbox.State.CATCHING_UP);
  }

  @Test
  void theEndOfTheSessionGivesTheBytesBackAndLeavesTheMessagesToTheStore() {
    commit(Priority.NORMAL, 4);
    decisions.clear();

    mailbox.disconnected();

    assertThat(decisions)
        .containsExactly(new Persist(1, RecordKind.RETURNED, SequenceRanges.of(1, 2), 0, 0));
    assertThat(all.taken()).isZero();
  }

  @Test
  void whatExpiresWhileItIsHeldIsNotDelivered() {
    commit(Priority.NORMAL, 2);
    OwedMessage short1 = store.commit("s", Priority.NORMAL, 1, 100);
    OwedMessage short2 = store.commit("s", Priority.NORMAL, 1, 100);
    mailbox.committed(short1, 0);
    mailbox.committed(short2, 0);

    mailbox.expired(short1, 100); // the sweeper was faster
    mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, SequenceRanges.of(1, 2), 150);

    assertThat(delivered()).containsExactly(1L, 2L);
    assertThat(decisions.stream().filter(HeldTest::isExpiry)).hasSize(2);
    assertThat(all.taken()).isZero();
  }

  private static boolean isExpiry(Decision decision) {
    return decision instanceof Persist record && record.what() == RecordKind.EXPIRED;
  }

  private Mailbox mailbox(List<Decision> decided) {
    return new Mailbox(
        new MailboxBounds(WINDOW, OWN_BYTES, 8, 1_000, 500),
        new RetrySettings(2, 5_000, 100, 1_000, 2, 4),
        all,
        new SplittableRandom(1),
        decided::add,
        (_, _, _, _, _) -> {});
  }

  private void commit(Priority priority, int count) {
    for (int i = 0; i < count; i++) {
      mailbox.committed(store.commit("s", priority, 1, 0), 0);
    }
  }

  private void ack(long first, long last) {
    mailbox.acked(
        Stage.PROCESSED, ModelStore.EPOCH, new SequenceRanges(new long[] {first, last}), 0);
    for (Decision decision : List.copyOf(decisions)) {
      if (decision instanceof Persist record) {
        store.finish(record.sequences());
        mailbox.recordCommitted(record.ticket(), 0);
      }
    }
  }

  private void loadPages() {
    List<LoadPage> pages =
        decisions.stream().filter(LoadPage.class::isInstance).map(LoadPage.class::cast).toList();
    decisions.removeAll(pages);
    pages.forEach(page -> mailbox.pageLoaded(store.page(page), 0));
  }

  private List<Long> delivered() {
    return decisions.stream()
        .filter(Deliver.class::isInstance)
        .map(decision -> ((Deliver) decision).message().sequence())
        .toList();
  }
}
