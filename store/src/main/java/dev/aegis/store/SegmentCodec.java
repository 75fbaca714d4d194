package dev.aegis.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The bytes of a segment before sealing: a version, a count, the entries. Lengths and counts are
/// int32, numbers int64, all big-endian; a string or an array follows its length, -1 for null.
final class SegmentCodec {
  private static final byte VERSION = 2;

  /// Without the time of the next attempt.
  private static final byte OLDEST_VERSION = 1;

  private static final byte ACCEPT = 1;
  private static final byte PROGRESS = 2;
  private static final byte WINDOW = 3;

  /// A position and what follows an ACCEPT.
  private static final byte REDRIVE = 4;

  private static final byte DISCARD = 5;

  /// The address that the recipient was chosen by and what follows an ACCEPT.
  private static final byte ROUTED = 6;

  private static final int ABSENT = -1;

  private SegmentCodec() {}

  /// What binds a sealed segment to its number.
  static byte[] associatedData(long segment) {
    byte[] label = "aegis journal\0".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(label.length + Long.BYTES).put(label).putLong(segment).array();
  }

  static void encode(SegmentBytes out, List<JournalEntry> entries) {
    out.putByte(VERSION);
    out.putInt(entries.size());
    for (JournalEntry entry : entries) {
      switch (entry) {
        case Accept accept -> encode(out, accept);
        case Discard discard -> encode(out, discard);
        case Progress progress -> encode(out, progress);
        case SignedWindow window -> encode(out, window);
        case Release _ -> throw new IllegalArgumentException("a release is not stored");
      }
    }
  }

  private static void encode(SegmentBytes out, Accept accept) {
    RowState.Key letter = accept.redrives();
    if (accept.routedTo() != null) {
      out.putByte(ROUTED);
      out.putString(accept.routedTo());
    } else if (letter == null) {
      out.putByte(ACCEPT);
    } else {
      out.putByte(REDRIVE);
      out.putLong(letter.epoch());
      out.putLong(letter.sequence());
    }
    out.putUuid(accept.id());
    out.putString(accept.sender());
    out.putString(accept.recipient());
    out.putLong(accept.mailboxEpoch());
    out.putLong(accept.sequence());
    out.putInt(accept.kind());
    out.putInt(accept.priority());
    out.putInt(accept.guarantee());
    out.putString(accept.type());
    out.putString(accept.channel());
    out.putUuidOrNone(accept.conversation());
    out.putUuidOrNone(accept.correlation());
    out.putLong(accept.digest());
    out.putLong(accept.acceptedAtMillis());
    out.putLong(accept.expiresAtMillis());
    out.putUuidOrNone(accept.windowId());
    out.putInt(accept.leafIndex());
    out.putBytes(accept.envelope());
  }

  private static void encode(SegmentBytes out, Discard discard) {
    out.putByte(DISCARD);
    out.putString(discard.recipient());
    out.putLong(discard.mailboxEpoch());
    out.putLong(discard.sequence());
    out.putLong(discard.atMillis());
  }

  private static void encode(SegmentBytes out, Progress progress) {
    out.putByte(PROGRESS);
    out.putString(progress.recipient());
    out.putLong(progress.mailboxEpoch());
    out.putByte((byte) progress.status().code());
    out.putString(progress.reason());
    out.putLong(progress.atMillis());
    out.putLong(progress.retryAtMillis());
    out.putInt(progress.ranges().length);
    for (long bound : progress.ranges()) {
      out.putLong(bound);
    }
  }

  private static void encode(SegmentBytes out, SignedWindow window) {
    out.putByte(WINDOW);
    out.putUuid(window.id());
    out.putString(window.agent());
    out.putBytes(window.sessionHash());
    out.putLong(window.firstIndex());
    out.putBytes(window.leafHashes());
    out.putBytes(window.signature());
    out.putBytes(window.agentKey());
    out.putLong(window.atMillis());
  }

  /// @throws StoreException.Rejected not a segment of this version
  static List<JournalEntry> decode(byte[] plain) {
    try {
      ByteBuffer in = ByteBuffer.wrap(plain);
      byte version = in.get();
      if (version < OLDEST_VERSION || version > VERSION) {
        throw new StoreException.Rejected("a journal segment has another version", null);
      }
      int count = in.getInt();
      List<JournalEntry> entries = new ArrayList<>(Math.min(count, plain.length));
      for (int i = 0; i < count; i++) {
        entries.add(
            switch (in.get()) {
              case ACCEPT -> accept(in, null, 0, 0);
              case ROUTED -> accept(in, string(in), 0, 0);
              case REDRIVE -> accept(in, null, in.getLong(), in.getLong());
              case DISCARD -> discard(in);
              case PROGRESS -> progress(in, version);
              case WINDOW -> window(in);
              default -> throw new StoreException.Rejected("unknown journal entry", null);
            });
      }
      return entries;
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new StoreException.Rejected("a journal segment does not parse", e);
    }
  }

  /// @param redrivenSequence 0 for a message that is new
  private static Accept accept(
      ByteBuffer in, @Nullable String routedTo, long redrivenEpoch, long redrivenSequence) {
    UUID id = uuid(in);
    String sender = string(in);
    String recipient = string(in);
    long epoch = in.getLong();
    long sequence = in.getLong();
    int kind = in.getInt();
    int priority = in.getInt();
    int guarantee = in.getInt();
    String type = string(in);
    String channel = stringOrNull(in);
    UUID conversation = uuidOrNull(in);
    UUID correlation = uuidOrNull(in);
    long digest = in.getLong();
    long acceptedAt = in.getLong();
    long expiresAt = in.getLong();
    UUID windowId = uuidOrNull(in);
    int leafIndex = in.getInt();
    Accept.Builder builder =
        Accept.of(id, sender, recipient, bytes(in))
            .routing(kind, priority, guarantee)
            .type(type)
            .channel(channel)
            .conversation(conversation)
            .correlation(correlation)
            .digest(digest)
            .times(acceptedAt, expiresAt)
            .routedTo(routedTo)
            .redrives(redrivenEpoch, redrivenSequence);
    if (windowId != null) {
      builder.window(windowId, leafIndex);
    }
    Accept accept = builder.build();
    accept.place(Outcome.STORED, epoch, sequence);
    return accept;
  }

  private static Discard discard(ByteBuffer in) {
    Discard discard = new Discard(string(in), in.getLong(), in.getLong(), in.getLong(), null);
    discard.place(Outcome.STORED);
    return discard;
  }

  private static Progress progress(ByteBuffer in, byte version) {
    String recipient = string(in);
    long epoch = in.getLong();
    MessageStatus status = MessageStatus.ofCode(in.get());
    if (status == null) {
      throw new StoreException.Rejected("unknown status in a journal segment", null);
    }
    String reason = stringOrNull(in);
    long at = in.getLong();
    long retryAt = version == OLDEST_VERSION ? 0 : in.getLong();
    int length = in.getInt();
    if (length < 0 || length > in.remaining() / Long.BYTES) {
      throw new StoreException.Rejected("a journal segment does not parse", null);
    }
    long[] ranges = new long[length];
    in.asLongBuffer().get(ranges);
    in.position(in.position() + length * Long.BYTES);
    return new Progress(recipient, epoch, ranges, status, reason, at, retryAt, null);
  }

  private static SignedWindow window(ByteBuffer in) {
    return new SignedWindow(
        uuid(in),
        string(in),
        bytes(in),
        in.getLong(),
        bytes(in),
        bytes(in),
        bytes(in),
        in.getLong());
  }

  private static UUID uuid(ByteBuffer in) {
    return new UUID(in.getLong(), in.getLong());
  }

  private static @Nullable UUID uuidOrNull(ByteBuffer in) {
    return in.get() == 0 ? null : uuid(in);
  }

  private static byte[] bytes(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0 || length > in.remaining()) {
      throw new StoreException.Rejected("a journal segment does not parse", null);
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static String string(ByteBuffer in) {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static @Nullable String stringOrNull(ByteBuffer in) {
    if (in.getInt(in.position()) == ABSENT) {
      in.getInt();
      return null;
    }
    return string(in);
  }
}
