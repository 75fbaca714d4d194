package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.StorageCipher;
import dev.aegis.store.statistics.DeliveryTimes;
import dev.aegis.store.statistics.Ending;
import dev.aegis.store.statistics.Tally;
import dev.aegis.store.statistics.TallyCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What lies in databases, and what nodes send each other, as it was when it was first released:
/// today's code reads it, and writes the same.
class StoredFormatsTest {
  private static final UUID ID = new UUID(0x0199a3c26f0e7b1aL, 0x9a521f0e3f9f7c11L);
  private static final UUID OTHER = new UUID(1, 2);

  @Test
  void aSegmentOfEveryEntry() throws Exception {
    Golden.assertWritten("segment-2", encoded(everyEntry()));
    assertEntries(SegmentCodec.decode(Golden.read("segment-2")), everyEntry());
    assertThat(everyEntry().stream().map(JournalEntry::getClass).distinct())
        .as("every kind but those that are not stored")
        .hasSize(JournalEntry.class.getPermittedSubclasses().length - 1);
  }

  /// Messages whose recipient the gateway chose, and what says that one has moved on.
  @Test
  void aSegmentOfWorkRoutedByCapability() throws Exception {
    Accept plain = accept(false);
    Accept routed =
        Accept.of(plain.id(), "alice", "bob", plain.envelope())
            .routing(3, 1, 2)
            .type("task")
            .digest(-5)
            .times(1_700_000_000_000L, 1_700_000_060_000L)
            .window(OTHER, 6)
            .routedTo("cap:translate;to=de")
            .build();
    routed.place(Outcome.STORED, 3, 11);
    Progress moved =
        Progress.of("bob", 3, 11, MessageStatus.MOVED, "carol", 1_700_000_000_005L, null);
    Golden.assertWritten("segment-routed", encoded(List.of(routed, moved)));
    assertEntries(SegmentCodec.decode(Golden.read("segment-routed")), List.of(routed, moved));
  }

  @Test
  void theOldestSegmentThatIsRead() throws Exception {
    List<JournalEntry> read = SegmentCodec.decode(Golden.read("segment-1"));
    assertEntries(read, List.of(progress(0)));
  }

  @Test
  void aSegmentOfALaterVersionIsRefusedAndNotMisread() throws Exception {
    byte[] later = Golden.read("segment-2");
    later[0]++;
    assertThatThrownBy(() -> SegmentCodec.decode(later))
        .isInstanceOf(StoreException.Rejected.class);
  }

  @Test
  void whatSealsAreBoundTo() throws Exception {
    Golden.assertWritten("segment-bound", SegmentCodec.associatedData(0x0000_0700_0000_0009L));
    Golden.assertWritten("row-bound", Accept.associatedData(ID, "alice", "bob"));
    Golden.assertWritten("node-mail-bound", NodeMail.bound(7, 8));
  }

  @Test
  void theCountsOfABatch() throws Exception {
    Tally tally = new Tally();
    tally.stored("alice", "bob", "task", 300, false, 7_200_000);
    tally.stored("carol", "bob", "task", 70_000, true, 7_200_000);
    tally.tried("alice", "bob", "task", 2, 1, 7_300_000);
    tally.ended("alice", "bob", "task", Ending.PROCESSED, 7_200_000, 7_200_015);
    tally.ended("carol", "bob", "task", Ending.PROCESSED, 7_200_000, 7_290_000);
    tally.ended("carol", "bob", "task", Ending.EXPIRED, 7_200_000, 10_800_000);
    Golden.assertWritten("tally-1", TallyCodec.encode(tally));
    assertThat(TallyCodec.encode(TallyCodec.decode(Golden.read("tally-1"))))
        .isEqualTo(TallyCodec.encode(tally));
  }

  /// Also which bucket a time is in.
  @Test
  void deliveryTimes() throws Exception {
    DeliveryTimes times = new DeliveryTimes();
    for (long millis = 0; millis < 10_000_000; millis = millis * 3 / 2 + 1) {
      times.add(millis);
    }
    Golden.assertWritten("delivery-times", TallyCodec.encode(times));
    DeliveryTimes read = new DeliveryTimes();
    TallyCodec.decode(Golden.read("delivery-times"), read);
    assertThat(TallyCodec.encode(read)).isEqualTo(TallyCodec.encode(times));
  }

  /// Sealing is random, so only reading can be held to it.
  @Test
  void aSealedRow() throws Exception {
    StorageCipher cipher = StorageCipher.fromKeyset(Golden.read("keyset"));
    byte[] opened =
        cipher.open(Golden.read("row-sealed"), Accept.associatedData(ID, "alice", "bob"));
    assertThat(new String(opened, StandardCharsets.US_ASCII)).isEqualTo("an envelope");
  }

  @Test
  void framesOfNodes() throws Exception {
    JournalEntry entry = accept(false);
    Golden.assertWritten("frame-forward", NodeFrames.forward(77, entry));
    byte[] forward = Golden.read("frame-forward");
    assertThat(NodeFrames.ticket(forward)).isEqualTo(77);
    assertEntries(List.of(NodeFrames.entry(forward)), List.of(entry));

    List<NodeFrames.Told> results = new ArrayList<>();
    for (NodeFrames.Result result : NodeFrames.Result.values()) {
      results.add(new NodeFrames.Told(77 + results.size(), result, 3, 4));
    }
    Golden.assertWritten("frame-results", NodeFrames.results(results));
    assertThat(NodeFrames.results(Golden.read("frame-results"))).isEqualTo(results);

    Golden.assertWritten("frame-wanted", NodeFrames.bell(NodeFrames.WANTED));
    Golden.assertWritten("frame-released", NodeFrames.bell(NodeFrames.RELEASED));
  }

  private static List<JournalEntry> everyEntry() {
    byte[] hash = new byte[32];
    Arrays.fill(hash, (byte) 0x11);
    Discard discard = new Discard("bob", 3, 12, 1_700_000_000_003L, null);
    discard.place(Outcome.STORED);
    return List.of(
        accept(false),
        accept(true),
        bare(),
        progress(1_700_000_001_002L),
        discard,
        new SignedWindow(
            OTHER,
            "alice",
            hash,
            5,
            Arrays.copyOf(hash, 64),
            new byte[64],
            new byte[32],
            1_700_000_000_004L));
  }

  private static Accept accept(boolean redriven) {
    Accept.Builder builder =
        Accept.of(ID, "alice", "bob", "an envelope".getBytes(StandardCharsets.US_ASCII))
            .routing(3, 1, 2)
            .type("task")
            .channel("channel ä")
            .conversation(OTHER)
            .correlation(ID)
            .digest(-5)
            .times(1_700_000_000_000L, 1_700_000_060_000L)
            .window(OTHER, 6);
    Accept accept = (redriven ? builder.redrives(3, 9) : builder).build();
    accept.place(Outcome.STORED, 3, 11);
    return accept;
  }

  private static Accept bare() {
    Accept accept =
        Accept.of(OTHER, "a", "b", new byte[0])
            .routing(3, 2, 1)
            .type("")
            .times(1_700_000_000_001L, 0)
            .digest(1)
            .build();
    accept.place(Outcome.STORED, 1, 1);
    return accept;
  }

  private static Progress progress(long retryAtMillis) {
    return new Progress(
        "bob",
        3,
        new long[] {1, 4, 6, 6},
        MessageStatus.PENDING,
        "handler-failed",
        1_700_000_000_002L,
        retryAtMillis,
        null);
  }

  private static byte[] encoded(List<JournalEntry> entries) {
    SegmentBytes out = new SegmentBytes();
    SegmentCodec.encode(out, entries);
    return Arrays.copyOf(out.array(), out.size());
  }

  /// Field by field; arrays by what is in them, and nothing of what is not stored.
  private static void assertEntries(List<JournalEntry> read, List<JournalEntry> expected) {
    assertThat(read).hasSameSizeAs(expected);
    IntStream.range(0, read.size())
        .forEach(
            i -> assertThat(read.get(i)).usingRecursiveComparison().isEqualTo(expected.get(i)));
  }
}
