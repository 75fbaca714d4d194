package dev.aegis.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.delivery.Decision.Confirm;
import dev.aegis.gateway.delivery.Decision.Deliver;
import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.gateway.delivery.Decision.RecordKind;
import dev.aegis.gateway.delivery.Decision.SendReceipt;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Drives mailboxes through random interleavings of commits, pages, acks, refusals, lost
/// notifications and reconnects over a model of the store, and checks after every step what the
/// protocol promises.
class MailboxModelTest {
  private static final MailboxBounds BOUNDS = new MailboxBounds(16, 400, 8, 200, 5);
  private static final List<Priority> CLASSES = List.of(Priority.values());
  private static final int RUNS = 400;
  private static final int STEPS = 600;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void losesNothingRepeatsNothingKeepsOrder(long seed) {
    for (int run = 0; run < RUNS; run++) {
      new Run(seed * 1_000_003 + run).go();
    }
  }

  private static final class Run {
    private final long seed;
    private final SplittableRandom random;
    private final ModelStore store = new ModelStore();
    private final ArrayDeque<OwedMessage> announcements = new ArrayDeque<>();
    private final ArrayDeque<Persist> journal = new ArrayDeque<>();
    private final Map<Long, Integer> attempts = new HashMap<>();
    private final Set<Long> committed = new HashSet<>();
    private final Set<Long> processedOnDisk = new HashSet<>();
    private final Set<Long> endedOnDisk = new HashSet<>();
    private final Set<Long> receipts = new HashSet<>();

    // The agent's side of one session.
    private final Set<Long> deliveredNow = new HashSet<>();
    private final TreeMap<Long, OwedMessage> held = new TreeMap<>();
    private final Set<Long> finishedByAgent = new HashSet<>();
    private final Map<String, Long> lastOfClass = new HashMap<>();

    private Mailbox mailbox;
    private @Nullable LoadPage wanted;
    private @Nullable List<OwedMessage> read;
    private boolean refusedAtEnd;
    private long now;

    Run(long seed) {
      this.seed = seed;
      this.random = new SplittableRandom(seed);
      login();
    }

    void go() {
      for (int step = 0; step < STEPS; step++) {
        now += random.nextInt(2);
        step();
        assertThat(mailbox.unacknowledged()).as("seed %d", seed).isLessThanOrEqualTo(16);
      }
      settle();
    }

    private void step() {
      switch (random.nextInt(14)) {
        case 0, 1, 2, 3 -> commit();
        case 4, 5 -> announce();
        case 6 -> readPage();
        case 7 -> showPage();
        case 8, 9 -> ack(random.nextInt(1, 6));
        case 10, 11 -> commitRecord(random.nextInt(8) == 0);
        case 12 -> mailbox.tick(now);
        case 13 -> {
          if (random.nextInt(12) == 0) {
            relogin();
          } else if (!held.isEmpty() && random.nextInt(4) == 0) {
            nack();
          }
        }
      }
    }

    private void commit() {
      long expires = random.nextInt(10) == 0 ? now + random.nextInt(1, 40) : 0;
      OwedMessage message =
          store.commit(
              "s" + random.nextInt(3),
              CLASSES.get(random.nextInt(4)),
              random.nextInt(1, 60),
              expires);
      committed.add(message.sequence());
      if (announcements.size() >= 12 || random.nextInt(10) == 0) {
        missed(message.priority());
      } else {
        announcements.add(message);
      }
    }

    /// The flag of a lost notification is seen before any later notification.
    private void missed(Priority priority) {
      announcements.add(marker(priority));
    }

    private static OwedMessage marker(Priority priority) {
      return new OwedMessage(new java.util.UUID(0, 0), "", 0, 0, priority, 0, 0, 0, 0, new byte[0]);
    }

    private void announce() {
      OwedMessage message = announcements.poll();
      if (message == null) {
        return;
      }
      if (message.sequence() == 0) {
        mailbox.missed(message.priority(), now);
      } else {
        mailbox.committed(message, now);
      }
    }

    private void readPage() {
      LoadPage page = wanted;
      if (page != null && read == null) {
        read = store.page(page);
      }
    }

    private void showPage() {
      List<OwedMessage> rows = read;
      if (rows != null) {
        read = null;
        wanted = null;
        if (random.nextInt(10) == 0) {
          mailbox.pageFailed(now);
        } else {
          mailbox.pageLoaded(rows, now);
        }
      }
    }

    private void ack(int most) {
      List<Long> chosen = held.keySet().stream().limit(most).toList();
      if (random.nextInt(6) == 0 && !finishedByAgent.isEmpty()) {
        // What it finished in any session, until it is confirmed.
        mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, ranges(finishedByAgent), now);
      }
      if (chosen.isEmpty()) {
        return;
      }
      finishedByAgent.addAll(chosen);
      held.keySet().removeAll(chosen);
      SequenceRanges ranges = ranges(chosen);
      if (random.nextBoolean()) {
        mailbox.acked(Stage.DELIVERED, ModelStore.EPOCH, ranges, now);
      }
      mailbox.acked(Stage.PROCESSED, ModelStore.EPOCH, ranges, now);
    }

    private static SequenceRanges ranges(Collection<Long> sequences) {
      return SequenceRanges.of(sequences.stream().mapToLong(Long::longValue).toArray());
    }

    private void nack() {
      long sequence = held.pollFirstEntry().getKey();
      mailbox.nacked(ModelStore.EPOCH, sequence, 21, "no", now);
    }

    private void commitRecord(boolean refuse) {
      Persist record = journal.poll();
      if (record == null) {
        return;
      }
      if (refuse) {
        mailbox.recordRefused(record.ticket(), now);
        return;
      }
      persist(record);
      mailbox.recordCommitted(record.ticket(), now);
    }

    private void persist(Persist record) {
      SequenceRanges sequences = record.sequences();
      switch (record.what()) {
        case RETURNED -> store.anotherAttempt(sequences);
        case DELIVERED -> {}
        case PROCESSED, FAILED, EXPIRED -> {
          store.finish(sequences);
          for (int i = 0; i < sequences.count(); i++) {
            for (long s = sequences.first(i); s <= sequences.last(i); s++) {
              endedOnDisk.add(s);
              if (record.what() == RecordKind.PROCESSED) {
                processedOnDisk.add(s);
              }
            }
          }
        }
      }
    }

    /// The old session ends; what it put to the journal is committed before the new one begins.
    private void relogin() {
      mailbox.disconnected();
      boolean storeFails = random.nextInt(3) == 0;
      while (!journal.isEmpty()) {
        boolean lost = storeFails && journal.element().what() != RecordKind.RETURNED;
        refusedAtEnd |= lost;
        commitRecord(lost);
      }
      login();
    }

    private void login() {
      wanted = null;
      read = null;
      announcements.clear();
      deliveredNow.clear();
      held.clear();
      lastOfClass.clear();
      boolean empty = store.open.isEmpty();
      long cursor = 0;
      while (finishedByAgent.contains(cursor + 1)) {
        cursor++;
      }
      mailbox = new Mailbox(BOUNDS, this::carryOut);
      mailbox.connected(
          ModelStore.EPOCH, store.nextSequence(), empty, ModelStore.EPOCH, cursor, now);
    }

    private void carryOut(Decision decision) {
      switch (decision) {
        case Deliver(OwedMessage message) -> delivered(message);
        case LoadPage page -> {
          assertThat(wanted).as("one page at a time, seed %d", seed).isNull();
          wanted = page;
        }
        case Persist record -> journal.add(record);
        case SendReceipt receipt ->
            receipt
                .ids()
                .forEach(id -> {
                  long sequence = id.getLeastSignificantBits();
                  if (receipt.stage() != Stage.DELIVERED) {
                    assertThat(endedOnDisk).as("seed %d", seed).contains(sequence);
                    receipts.add(sequence);
                  }
                });
        case Confirm confirm -> {
          SequenceRanges sequences = confirm.sequences();
          for (int i = 0; i < sequences.count(); i++) {
            for (long s = sequences.first(i); s <= sequences.last(i); s++) {
              assertThat(endedOnDisk).as("confirmed before disk, seed %d", seed).contains(s);
            }
          }
        }
      }
    }

    private void delivered(OwedMessage message) {
      long sequence = message.sequence();
      assertThat(deliveredNow.add(sequence)).as("twice in one session, seed %d", seed).isTrue();
      assertThat(endedOnDisk).as("seed %d", seed).doesNotContain(sequence);
      assertThat(message.expiredAt(now)).as("seed %d", seed).isFalse();
      String lane = message.sender() + message.priority();
      assertThat(sequence)
          .as("order, seed %d", seed)
          .isGreaterThan(lastOfClass.getOrDefault(lane, 0L));
      lastOfClass.put(lane, sequence);
      int attempt = attempts.merge(sequence, 1, Integer::sum);
      // A record that was refused with the end of its session does not count its attempt.
      int least = refusedAtEnd ? 1 : attempt;
      assertThat(message.attempt()).as("attempt, seed %d", seed).isBetween(least, attempt);
      if (finishedByAgent.contains(sequence)) {
        ackAgain(sequence);
      } else {
        held.put(sequence, message);
      }
    }

    private void ackAgain(long sequence) {
      held.put(sequence, store.open.getOrDefault(sequence, marker(Priority.LOW)));
    }

    private void settle() {
      for (int round = 0; round < 10_000 && !store.open.isEmpty(); round++) {
        now += 10;
        announce();
        readPage();
        showPage();
        ack(8);
        commitRecord(false);
        mailbox.tick(now);
      }
      while (!journal.isEmpty()) {
        commitRecord(false);
      }
      assertThat(store.open).as("left over, seed %d", seed).isEmpty();
      assertThat(endedOnDisk).as("seed %d", seed).isEqualTo(committed);
      assertThat(receipts).as("seed %d", seed).containsAll(processedOnDisk);
    }
  }
}
