package dev.aegis.store;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The journal's own sequencing, dedupe, taking back and recovery, over a [SimulatedDisk] and one
/// step at a time: what the threads of [PostgresJournal] do whenever they like happens here when
/// the simulation says so.
public final class SimulatedJournal {
  private static final long DEDUPE_MILLIS = 600_000;
  private static final int DEDUPE_KEYS = 64;
  private static final int[] LEAST_PERCENT = {0, 20, 10, 5};

  private final SimulatedDisk disk;
  private final JournalListener listener;
  private final MailboxTable mailboxes = new MailboxTable();
  private final EntryQueues queues;
  private final InstantSource clock;
  private final IdSlices slices;
  private final SegmentFormer former;
  private final CommitApplier applier = new CommitApplier(mailboxes);
  private final ArrayDeque<Segment> inFlight = new ArrayDeque<>();
  private final ArrayDeque<Committed> unprojected = new ArrayDeque<>();

  /// What readers see: the rows, and what is committed and not rows yet.
  private final SimulatedDisk seen;

  private final int segmentEntries;
  private final int queueEntries;
  private final boolean asksRows;
  private boolean broken;
  private long firstVoid;

  /// Recovers from the disk.
  ///
  /// @param asksRows whether the rows are asked for ids that memory does not have, as they must be
  /// @param skipped segments that recovery leaves out: none, unless a mutation wants to lose some
  public SimulatedJournal(
      SimulatedDisk disk,
      int queueEntries,
      int segmentEntries,
      InstantSource clock,
      JournalListener listener,
      boolean asksRows,
      Predicate<Long> skipped) {
    this.asksRows = asksRows;
    this.disk = disk;
    this.listener = listener;
    this.queueEntries = queueEntries;
    this.segmentEntries = segmentEntries;
    this.queues = new EntryQueues(queueEntries, 64L << 20);
    this.clock = clock;
    this.slices = new IdSlices(clock.millis());
    DedupeIndex dedupe =
        new DedupeIndex(DEDUPE_MILLIS, DEDUPE_KEYS, 42, () -> disk.checkpoint, slices);
    this.former =
        new SegmentFormer(
            mailboxes, dedupe, new Settlements(() -> disk.checkpoint), clock, recover(skipped) + 1);
    this.seen = disk.rows();
  }

  private long recover(Predicate<Long> skipped) {
    disk.nextSequences.forEach(
        (agent, next) -> mailboxes.restore(agent, disk.epochs.getOrDefault(agent, 1L), next));
    disk.open.forEach((agent, messages) ->
        new TreeMap<>(byEpochAndSequence(messages))
            .forEach((sequence, size) -> mailbox(agent).opened(sequence, size)));
    long last = disk.checkpoint;
    while (true) {
      long number = afterVoids(last + 1);
      byte[] body = disk.segments.get(number);
      if (body == null) {
        break;
      }
      List<JournalEntry> entries = SegmentCodec.decode(body);
      if (skipped.test(number)) {
        entries = List.of();
      }
      for (JournalEntry entry : entries) {
        if (entry instanceof Accept accept) {
          mailboxes.of(accept.recipient(), accept.mailboxEpoch()).passed(accept.sequence());
        }
      }
      unprojected.add(applier.apply(number, entries, 0));
      last = number;
    }
    long highest = disk.segments.isEmpty() ? last : Math.max(last, disk.segments.lastKey());
    if (!disk.voids.isEmpty()) {
      highest = Math.max(highest, disk.voids.lastEntry().getValue());
    }
    if (highest > last) {
      makeVoid(last + 1, highest);
    }
    project();
    return highest;
  }

  private MailboxState mailbox(String agent) {
    MailboxState mailbox = mailboxes.find(agent);
    if (mailbox == null) {
      throw new IllegalStateException("rows without a mailbox");
    }
    return mailbox;
  }

  private Map<Long, Integer> byEpochAndSequence(NavigableMap<Long, RowState.Key> messages) {
    Map<Long, Integer> sizes = new TreeMap<>();
    for (RowState.Key key : messages.values()) {
      RowState row = disk.rows.get(key);
      Accept accept = row == null ? null : row.accept;
      if (accept != null) {
        sizes.put(key.sequence(), accept.envelope().length);
      }
    }
    return sizes;
  }

  private long afterVoids(long number) {
    long next = number;
    Map.Entry<Long, Long> covering = disk.voids.floorEntry(next);
    while (covering != null && covering.getValue() >= next) {
      next = covering.getValue() + 1;
      covering = disk.voids.floorEntry(next);
    }
    return next;
  }

  private void makeVoid(long first, long last) {
    disk.segments.subMap(first, true, last, true).clear();
    disk.voids.put(first, last);
  }

  public Offer offer(JournalEntry entry) {
    if (broken) {
      return Offer.UNAVAILABLE;
    }
    return queues.offer(entry) ? Offer.ACCEPTED : Offer.FULL;
  }

  public Mailboxes mailboxes() {
    return mailboxes;
  }

  public boolean broken() {
    return broken;
  }

  /// Segments formed and not reported.
  public int inFlight() {
    return inFlight.size();
  }

  public boolean idle() {
    return queues.isEmpty() && inFlight.isEmpty() && unprojected.isEmpty();
  }

  /// Forms the next segment if anything waits.
  ///
  /// @param least whether low classes get their least share, as they must
  /// @throws IllegalStateException a class that waits got less than its share
  public void form(boolean least) {
    if (broken || queues.isEmpty()) {
      return;
    }
    List<JournalEntry> all = queues.drain(segmentEntries, 1 << 20);
    if (!least) {
      all = withoutLowest(all);
    }
    checkShares(all);
    openSlices();
    Map<StoredIds.Key, DedupeIndex.Known> rows = new HashMap<>();
    for (Accept accept : former.unsure(all)) {
      DedupeIndex.Known known = disk.find(accept);
      if (known != null && asksRows) {
        rows.put(StoredIds.Key.of(accept), known);
      }
    }
    inFlight.addLast(former.form(all, rows, letters(all)));
  }

  /// Whatever is redriven here is a dead letter: only a mutation does so.
  private static Set<RowState.Key> letters(List<JournalEntry> entries) {
    Set<RowState.Key> letters = new HashSet<>();
    for (JournalEntry entry : entries) {
      RowState.Key letter = Settlements.letter(entry);
      if (letter != null) {
        letters.add(letter);
      }
    }
    return letters;
  }

  private void openSlices() {
    long end = slices.end();
    long wanted = slices.wantedEnd(clock.millis());
    if (wanted > end) {
      slices.open(wanted);
      disk.byId.keySet().stream()
          .mapToLong(IdSlices::of)
          .filter(slice -> slice >= end && slice < wanted)
          .forEach(slices::close);
    }
  }

  private List<JournalEntry> withoutLowest(List<JournalEntry> drained) {
    List<JournalEntry> kept = new ArrayList<>();
    for (JournalEntry entry : drained) {
      if (entry.priority() < 3 || drained.size() < segmentEntries || !queues.offer(entry)) {
        kept.add(entry);
      }
    }
    return kept;
  }

  private void checkShares(List<JournalEntry> drained) {
    if (queues.size() > 4 * queueEntries) {
      throw new IllegalStateException("the journal's queue is over its bound");
    }
    int[] got = new int[JournalSettings.CLASSES];
    drained.forEach(entry -> got[entry.priority()]++);
    int[] waiting = queues.depths();
    for (int lane = 0; lane < got.length; lane++) {
      int least = Math.ceilDiv(segmentEntries * LEAST_PERCENT[lane], 100);
      if (waiting[lane] > 0 && got[lane] < least) {
        throw new IllegalStateException(
            "class %d got %d of %d in a segment while %d wait"
                .formatted(lane, got[lane], drained.size(), waiting[lane]));
      }
    }
  }

  /// The oldest segment in flight reaches the disk and is reported.
  public void commit() {
    Segment segment = inFlight.pollFirst();
    if (segment == null) {
      return;
    }
    write(segment);
    if (segment.number != Segment.UNNUMBERED) {
      Committed committed = applier.apply(segment.number, segment.kept, 0);
      unprojected.add(committed);
      seen.apply(committed);
    }
    listener.committed(segment.entries);
  }

  private void write(Segment segment) {
    if (segment.number != Segment.UNNUMBERED) {
      SegmentBytes bytes = new SegmentBytes();
      SegmentCodec.encode(bytes, segment.kept);
      disk.segments.put(segment.number, Arrays.copyOf(bytes.array(), bytes.size()));
    }
  }

  /// The database does not confirm: everything in flight and waiting is refused.
  ///
  /// @param reachedDisk which of the segments in flight are there all the same
  public void fail(Predicate<Long> reachedDisk) {
    StoreException why = new StoreException.Unavailable("the simulated database is away", null);
    broken = true;
    firstVoid = former.lastNumber() + 1;
    List<List<JournalEntry>> refused = new ArrayList<>();
    inFlight.forEach(segment -> refused.add(segment.entries));
    while (!inFlight.isEmpty()) {
      Segment newest = inFlight.removeLast();
      if (newest.number != Segment.UNNUMBERED) {
        firstVoid = newest.number;
        if (reachedDisk.test(newest.number)) {
          write(newest);
        }
      }
      former.undo(newest);
    }
    refused.add(queues.drainAll());
    refused.forEach(entries -> listener.refused(entries, why));
  }

  /// The database is back.
  public void heal() {
    if (broken) {
      if (former.lastNumber() >= firstVoid) {
        makeVoid(firstVoid, former.lastNumber());
      }
      broken = false;
    }
  }

  /// What a crash of the gateway leaves: some of the segments in flight may be on disk.
  public void crash(Predicate<Long> reachedDisk) {
    for (Segment segment : inFlight) {
      if (segment.number != Segment.UNNUMBERED && reachedDisk.test(segment.number)) {
        write(segment);
      }
    }
  }

  /// Turns what is committed into rows.
  public void project() {
    while (!unprojected.isEmpty()) {
      Committed committed = unprojected.remove();
      disk.apply(committed);
      disk.checkpoint = committed.segment();
      disk.segments.headMap(committed.segment(), true).clear();
      disk.voids.values().removeIf(last -> last <= committed.segment());
    }
  }

  /// As [MessageStore#pending].
  public List<StoredMessage> pending(String recipient, int priority, long after, int limit) {
    NavigableMap<Long, RowState.Key> mailbox = seen.open.get(recipient);
    if (mailbox == null) {
      return List.of();
    }
    return mailbox.tailMap(SimulatedDisk.order(priority, after), false).values().stream()
        .limit(limit)
        .map(this::stored)
        .toList();
  }

  /// As [MessageStore#load].
  public List<StoredMessage> load(String recipient, long epoch, List<Long> sequences) {
    List<StoredMessage> found = new ArrayList<>();
    for (long sequence : sequences) {
      RowState row = seen.rows.get(new RowState.Key(recipient, epoch, sequence));
      if (row != null && row.status.open()) {
        found.add(stored(new RowState.Key(recipient, epoch, sequence)));
      }
    }
    return found;
  }

  /// As [MessageStore#expired].
  public List<StoredMessage> expired(long nowMillis, int limit) {
    List<StoredMessage> expired = new ArrayList<>();
    for (NavigableMap<Long, RowState.Key> mailbox : seen.open.values()) {
      for (RowState.Key key : mailbox.values()) {
        RowState row = seen.rows.get(key);
        Accept accept = row == null ? null : row.accept;
        if (accept != null
            && accept.expiresAtMillis() != 0
            && accept.expiresAtMillis() <= nowMillis
            && expired.size() < limit) {
          expired.add(stored(key));
        }
      }
    }
    return expired;
  }

  /// All open messages of such ids.
  public List<StoredMessage> open(Predicate<UUID> which) {
    return seen.open.values().stream()
        .flatMap(mailbox -> mailbox.values().stream())
        .map(this::stored)
        .filter(message -> which.test(message.id()))
        .toList();
  }

  /// Messages that have left a mailbox and are not in the next one.
  public List<StoredMessage> moving() {
    List<StoredMessage> moving = new ArrayList<>();
    seen.byId.forEach((id, keys) -> {
      for (RowState.Key key : keys) {
        RowState row = seen.rows.get(key);
        if (row != null
            && row.status == MessageStatus.MOVED
            && !visited(id).contains(String.valueOf(row.reason))) {
          moving.add(stored(key));
        }
      }
    });
    return moving;
  }

  /// Whether a message has left this place for another.
  public boolean hasMoved(String recipient, long epoch, long sequence) {
    RowState row = seen.rows.get(new RowState.Key(recipient, epoch, sequence));
    return row != null && row.status == MessageStatus.MOVED;
  }

  /// In whose mailboxes a message has been.
  public Set<String> visited(UUID id) {
    Set<String> visited = new HashSet<>();
    seen.byId.getOrDefault(id, List.of()).forEach(key -> visited.add(key.recipient()));
    return visited;
  }

  /// How many agents have a message to handle.
  public int owners(UUID id) {
    return (int)
        seen.byId.getOrDefault(id, List.of()).stream()
            .map(seen.rows::get)
            .filter(row -> row != null && row.status.open())
            .count();
  }

  private StoredMessage stored(RowState.Key key) {
    RowState row = seen.rows.get(key);
    @Nullable Accept accept = row == null ? null : row.accept;
    if (row == null || accept == null) {
      throw new IllegalStateException("an index names a row that is not there");
    }
    return StoredMessage.of(accept).after(row);
  }
}
