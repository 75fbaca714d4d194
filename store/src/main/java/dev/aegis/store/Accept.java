package dev.aegis.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A durable message that was accepted. The journal fills in the mailbox position and the outcome
/// when it forms the segment; they are readable in the listener's calls, not before.
///
/// The envelope is borrowed until the listener has been called and then owned by the store: do not
/// change it.
public final class Accept implements JournalEntry {
  private static final int OVERHEAD = 128;

  private final UUID id;
  private final String sender;
  private final String recipient;
  private final int kind;
  private final int priority;
  private final int guarantee;
  private final String type;
  private final @Nullable String channel;
  private final @Nullable UUID conversation;
  private final @Nullable UUID correlation;
  private final byte[] envelope;
  private final long digest;
  private final long acceptedAtMillis;
  private final long expiresAtMillis;
  private final @Nullable UUID windowId;
  private final int leafIndex;
  private final @Nullable Object origin;
  private final RowState.@Nullable Key redrives;
  private final @Nullable String routedTo;

  private long mailboxEpoch;
  private long sequence;
  private @Nullable Outcome outcome;

  private Accept(Builder from) {
    id = from.id;
    sender = from.sender;
    recipient = from.recipient;
    kind = from.kind;
    priority = Objects.checkIndex(from.priority, JournalSettings.CLASSES);
    guarantee = from.guarantee;
    type = from.type;
    channel = from.channel;
    conversation = from.conversation;
    correlation = from.correlation;
    envelope = from.envelope;
    digest = from.digest != null ? from.digest : digestOf(from.envelope);
    acceptedAtMillis = from.acceptedAtMillis;
    expiresAtMillis = from.expiresAtMillis;
    windowId = from.windowId;
    leafIndex = from.leafIndex;
    origin = from.origin;
    redrives =
        from.redrivenSequence == 0
            ? null
            : new RowState.Key(recipient, from.redrivenEpoch, from.redrivenSequence);
    routedTo = from.routedTo;
    if (routedTo != null && redrives != null) {
      throw new IllegalArgumentException("a dead letter stays with its recipient");
    }
  }

  /// The same message on behalf of another.
  Accept from(Object other) {
    return copy(recipient, other);
  }

  /// The same message for another recipient.
  ///
  /// @param other whatever the caller attaches
  public Accept to(String other, @Nullable Object origin) {
    return copy(other, origin);
  }

  private Accept copy(String to, @Nullable Object other) {
    Builder copy =
        new Builder(id, sender, to, envelope)
            .routing(kind, priority, guarantee)
            .type(type)
            .channel(channel)
            .conversation(conversation)
            .correlation(correlation)
            .digest(digest)
            .times(acceptedAtMillis, expiresAtMillis)
            .routedTo(routedTo)
            .origin(other);
    if (windowId != null) {
      copy.window(windowId, leafIndex);
    }
    if (redrives != null) {
      copy.redrives(redrives.epoch(), redrives.sequence());
    }
    return copy.build();
  }

  /// The dead letter that comes again with this, or null.
  RowState.@Nullable Key redrives() {
    return redrives;
  }

  /// The address by which its recipient was, or is to be, chosen; null for one that its sender
  /// named.
  public @Nullable String routedTo() {
    return routedTo;
  }

  /// Starts an accept of an encoded envelope.
  public static Builder of(UUID id, String sender, String recipient, byte[] envelope) {
    return new Builder(id, sender, recipient, envelope);
  }

  /// The first eight bytes of the envelope's SHA-256: what tells a repeat from a conflict.
  public static long digestOf(byte[] envelope) {
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(envelope);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
    long digest = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      digest = digest << 8 | (hash[i] & 0xFF);
    }
    return digest;
  }

  public UUID id() {
    return id;
  }

  public String sender() {
    return sender;
  }

  public String recipient() {
    return recipient;
  }

  /// The wire code of the kind.
  public int kind() {
    return kind;
  }

  @Override
  public int priority() {
    return priority;
  }

  /// The wire code of the guarantee.
  public int guarantee() {
    return guarantee;
  }

  public String type() {
    return type;
  }

  public @Nullable String channel() {
    return channel;
  }

  public @Nullable UUID conversation() {
    return conversation;
  }

  public @Nullable UUID correlation() {
    return correlation;
  }

  /// The envelope as its sender wrote it. Not a copy.
  public byte[] envelope() {
    return envelope;
  }

  public long digest() {
    return digest;
  }

  public long acceptedAtMillis() {
    return acceptedAtMillis;
  }

  /// When the message loses its worth, 0 for never.
  public long expiresAtMillis() {
    return expiresAtMillis;
  }

  /// The signing window that covers the message, or null.
  public @Nullable UUID windowId() {
    return windowId;
  }

  /// The message's leaf in its window, -1 without one.
  public int leafIndex() {
    return leafIndex;
  }

  /// Whatever the caller attached; not stored.
  public @Nullable Object origin() {
    return origin;
  }

  public long mailboxEpoch() {
    return mailboxEpoch;
  }

  public long sequence() {
    return sequence;
  }

  /// What the journal made of it.
  ///
  /// @throws IllegalStateException before the segment is formed
  public Outcome outcome() {
    Outcome known = outcome;
    if (known == null) {
      throw new IllegalStateException("no segment holds this entry yet");
    }
    return known;
  }

  @Override
  public int size() {
    return OVERHEAD
        + envelope.length
        + sender.length()
        + recipient.length()
        + type.length()
        + (channel == null ? 0 : channel.length());
  }

  void place(Outcome outcome, long mailboxEpoch, long sequence) {
    this.outcome = outcome;
    this.mailboxEpoch = mailboxEpoch;
    this.sequence = sequence;
  }

  /// What binds a sealed message to its row.
  byte[] associatedData() {
    return associatedData(id, sender, recipient);
  }

  static byte[] associatedData(UUID id, String sender, String recipient) {
    return ("aegis message\0" + id + '\0' + sender + '\0' + recipient)
        .getBytes(StandardCharsets.UTF_8);
  }

  /// Collects the optional fields. Not thread-safe; use once.
  public static final class Builder {
    private final UUID id;
    private final String sender;
    private final String recipient;
    private final byte[] envelope;
    private int kind;
    private int priority = 2;
    private int guarantee = 1;
    private String type = "";
    private @Nullable String channel;
    private @Nullable UUID conversation;
    private @Nullable UUID correlation;
    private @Nullable Long digest;
    private long acceptedAtMillis;
    private long expiresAtMillis;
    private @Nullable UUID windowId;
    private int leafIndex = -1;
    private @Nullable Object origin;
    private long redrivenEpoch;
    private long redrivenSequence;
    private @Nullable String routedTo;

    private Builder(UUID id, String sender, String recipient, byte[] envelope) {
      this.id = Objects.requireNonNull(id);
      this.sender = Objects.requireNonNull(sender);
      this.recipient = Objects.requireNonNull(recipient);
      this.envelope = Objects.requireNonNull(envelope);
    }

    /// Wire codes of kind and guarantee; priority from 0 (critical) to 3 (low).
    public Builder routing(int kind, int priority, int guarantee) {
      this.kind = kind;
      this.priority = priority;
      this.guarantee = guarantee;
      return this;
    }

    public Builder type(String type) {
      this.type = type;
      return this;
    }

    public Builder channel(@Nullable String channel) {
      this.channel = channel;
      return this;
    }

    public Builder conversation(@Nullable UUID conversation) {
      this.conversation = conversation;
      return this;
    }

    public Builder correlation(@Nullable UUID correlation) {
      this.correlation = correlation;
      return this;
    }

    /// The content's digest where the caller has one already; [Accept#digestOf] otherwise.
    public Builder digest(long digest) {
      this.digest = digest;
      return this;
    }

    /// When it was accepted and when it expires (0 never), in Unix milliseconds.
    public Builder times(long acceptedAtMillis, long expiresAtMillis) {
      this.acceptedAtMillis = acceptedAtMillis;
      this.expiresAtMillis = expiresAtMillis;
      return this;
    }

    /// The signing window that covers the message and its leaf in it.
    public Builder window(UUID windowId, int leafIndex) {
      this.windowId = windowId;
      this.leafIndex = leafIndex;
      return this;
    }

    public Builder origin(@Nullable Object origin) {
      this.origin = origin;
      return this;
    }

    /// The dead letter at this position comes again under its old id, which is not a repeat then.
    /// Where its row does not say dead, or not any more, the outcome is [Outcome#SETTLED].
    public Builder redrives(long mailboxEpoch, long sequence) {
      redrivenEpoch = mailboxEpoch;
      redrivenSequence = sequence;
      return this;
    }

    /// The gateway chooses the recipient by this address, and may choose another one later.
    public Builder routedTo(@Nullable String address) {
      routedTo = address;
      return this;
    }

    public Accept build() {
      return new Accept(this);
    }
  }
}
