package dev.aegis.store.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The entries of a page and their bytes. What most messages go through, from accepted over
/// delivered to processed, is one record if it falls into one page.
///
/// A body is a version (1), a table of texts, the time that others are counted from (int64), a
/// count, the records. A record is an event's code, a mask of the fields it has, its time, and the
/// fields. Texts are numbers of the table, from 0 on, in the order in which they were first used;
/// UUIDs have 16 bytes, digests 32, numbers are varints. Equal entries make equal bytes.
///
/// Collects for one page; confined to one thread.
public final class PageEntries {
  private static final byte VERSION = 1;

  private static final int MESSAGE = 1;
  private static final int SENDER = 1 << 1;
  private static final int RECIPIENT = 1 << 2;
  private static final int TYPE = 1 << 3;
  private static final int REASON = 1 << 4;
  private static final int CONVERSATION = 1 << 5;
  private static final int CORRELATION = 1 << 6;
  private static final int POSITION = 1 << 7;
  private static final int CONTENT = 1 << 8;
  private static final int DIGEST = 1 << 9;
  private static final int DELIVERED = 1 << 10;
  private static final int PROCESSED = 1 << 11;
  private static final int ALL = (1 << 12) - 1;

  private final ByteWriter records = new ByteWriter(4_096);
  private final SequencedMap<String, Integer> texts = new LinkedHashMap<>();
  private final KeyFilter.Keys keys = new KeyFilter.Keys();
  private long base;
  private long firstAt = Long.MAX_VALUE;
  private long lastAt = Long.MIN_VALUE;
  private int recordCount;
  private int count;

  /// How many entries there are.
  public int count() {
    return count;
  }

  /// About how many bytes they take.
  public int size() {
    return records.size();
  }

  public long firstAtMillis() {
    return firstAt;
  }

  public long lastAtMillis() {
    return lastAt;
  }

  /// What a search may ask for.
  public byte[] keys() {
    return keys.filter();
  }

  public void add(AuditEntry entry) {
    add(entry, 0, 0);
  }

  /// A message, and what has become of it by then.
  ///
  /// @param deliveredAt 0 where that is not known, or is said by an entry of its own
  /// @param processedAt likewise
  public void add(AuditEntry entry, long deliveredAt, long processedAt) {
    if (recordCount == 0) {
      base = entry.atMillis();
    }
    recordCount++;
    count += 1 + (deliveredAt == 0 ? 0 : 1) + (processedAt == 0 ? 0 : 1);
    seen(entry.atMillis());
    records.octet((byte) entry.event().code());
    records.varint(mask(entry, deliveredAt, processedAt));
    records.signed(entry.atMillis() - base);
    uuid(entry.message());
    agent(entry.sender());
    agent(entry.recipient());
    text(entry.type());
    text(entry.reason());
    uuid(entry.conversation());
    uuid(entry.correlation());
    if (entry.sequence() != 0) {
      records.varint(entry.mailboxEpoch());
      records.varint(entry.sequence());
    }
    if (hasContent(entry)) {
      records.varint(entry.size());
      records.octet((byte) entry.priority());
    }
    byte[] digest = entry.digest();
    if (digest != null) {
      if (digest.length != Page.HASH_BYTES) {
        throw new IllegalArgumentException("a digest has 32 bytes");
      }
      records.raw(digest);
    }
    inline(deliveredAt, entry.atMillis());
    inline(processedAt, entry.atMillis());
  }

  private void inline(long when, long entryAt) {
    if (when != 0) {
      seen(when);
      records.signed(when - entryAt);
    }
  }

  private void seen(long when) {
    firstAt = Math.min(firstAt, when);
    lastAt = Math.max(lastAt, when);
  }

  private static int mask(AuditEntry entry, long deliveredAt, long processedAt) {
    return bit(entry.message() != null, MESSAGE)
        | bit(entry.sender() != null, SENDER)
        | bit(entry.recipient() != null, RECIPIENT)
        | bit(entry.type() != null, TYPE)
        | bit(entry.reason() != null, REASON)
        | bit(entry.conversation() != null, CONVERSATION)
        | bit(entry.correlation() != null, CORRELATION)
        | bit(entry.sequence() != 0, POSITION)
        | bit(hasContent(entry), CONTENT)
        | bit(entry.digest() != null, DIGEST)
        | bit(deliveredAt != 0, DELIVERED)
        | bit(processedAt != 0, PROCESSED);
  }

  private static boolean hasContent(AuditEntry entry) {
    return entry.size() != 0 || entry.priority() != 0;
  }

  private static int bit(boolean set, int bit) {
    return set ? bit : 0;
  }

  private void uuid(@Nullable UUID value) {
    if (value != null) {
      records.uuid(value);
      keys.add(value);
    }
  }

  private void agent(@Nullable String value) {
    if (value != null && text(value)) {
      keys.add(value);
    }
  }

  /// @return whether it is new in this page
  private boolean text(@Nullable String value) {
    if (value == null) {
      return false;
    }
    int next = texts.size();
    Integer known = texts.putIfAbsent(value, next);
    records.varint(known == null ? next : known);
    return known == null;
  }

  /// The page's body.
  public byte[] body() {
    ByteWriter out = new ByteWriter(records.size() + 64 + texts.size() * 24);
    out.octet(VERSION);
    out.varint(texts.size());
    texts.sequencedKeySet().forEach(out::text);
    out.int8(base);
    out.varint(recordCount);
    out.raw(records.array(), 0, records.size());
    return out.bytes();
  }

  /// The entries of a body, in the order of their records.
  ///
  /// @throws MalformedPageException it is none
  public static List<AuditEntry> decode(byte[] body) throws MalformedPageException {
    ByteReader in = new ByteReader(body);
    if (in.octet() != VERSION) {
      throw new MalformedPageException("it is of another version");
    }
    String[] texts = new String[in.count(in.left())];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = in.text();
    }
    long base = in.int8();
    int records = in.count(in.left());
    List<AuditEntry> entries = new ArrayList<>(records);
    for (int i = 0; i < records; i++) {
      read(in, texts, base, entries);
    }
    if (!in.atEnd()) {
      throw new MalformedPageException("something is behind its entries");
    }
    return entries;
  }

  private static void read(ByteReader in, String[] texts, long base, List<AuditEntry> entries)
      throws MalformedPageException {
    AuditEvent event = AuditEvent.ofCode(in.octet() & 0xFF);
    if (event == null) {
      throw new MalformedPageException("an event is not known");
    }
    int mask = in.count(ALL);
    long at = base + in.signed();
    UUID message = uuid(in, mask & MESSAGE);
    String sender = text(in, mask & SENDER, texts);
    String recipient = text(in, mask & RECIPIENT, texts);
    String type = text(in, mask & TYPE, texts);
    String reason = text(in, mask & REASON, texts);
    UUID conversation = uuid(in, mask & CONVERSATION);
    UUID correlation = uuid(in, mask & CORRELATION);
    boolean placed = (mask & POSITION) != 0;
    long epoch = placed ? in.varint() : 0;
    long sequence = placed ? in.varint() : 0;
    boolean content = (mask & CONTENT) != 0;
    int size = content ? in.count(Integer.MAX_VALUE) : 0;
    int priority = content ? in.octet() : 0;
    byte[] digest = (mask & DIGEST) == 0 ? null : in.raw(Page.HASH_BYTES);
    AuditEntry entry =
        new AuditEntry(
            event,
            at,
            message,
            sender,
            recipient,
            type,
            reason,
            conversation,
            correlation,
            epoch,
            sequence,
            size,
            priority,
            digest);
    entries.add(entry);
    if ((mask & DELIVERED) != 0) {
      entries.add(entry.step(AuditEvent.DELIVERED, at + in.signed(), null));
    }
    if ((mask & PROCESSED) != 0) {
      entries.add(entry.step(AuditEvent.PROCESSED, at + in.signed(), null));
    }
  }

  private static @Nullable UUID uuid(ByteReader in, int present) throws MalformedPageException {
    return present == 0 ? null : in.uuid();
  }

  private static @Nullable String text(ByteReader in, int present, String[] texts)
      throws MalformedPageException {
    if (present == 0) {
      return null;
    }
    int number = in.count(Integer.MAX_VALUE);
    if (number >= texts.length) {
      throw new MalformedPageException("a text is not in its table");
    }
    return texts[number];
  }
}
