package dev.aegis.bench.database;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Accept;
import dev.aegis.store.JournalEntry;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Makes messages in the order of their times, as a company's agents send them over some months:
/// few agents send most of them, each to some others; a third belongs to conversations of about ten
/// within an hour or less; almost all are processed, most within a moment, and what is open is new.
/// The same seed gives the same messages. Not thread-safe.
final class MessageMix {
  private static final String[] TYPES = {
    "task", "task", "task", "task", "status", "status", "event", "query", "result", "error"
  };
  private static final long SEED = 20_260_301;
  private static final int PARTNERS = 8;
  private static final int RUNNING_CONVERSATIONS = 64;
  private static final double IN_CONVERSATION = 0.33;
  private static final double CONVERSATION_ENDS = 0.1;
  private static final long NEW_MILLIS = TimeUnit.DAYS.toMillis(2);
  private static final double SKEW = 2.2;

  private final long total;
  private final int agents;
  private final long fromMillis;
  private final long toMillis;
  private final int payloadBytes;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final List<Conversation> running = new ArrayList<>();
  private final List<UUID> samples = new ArrayList<>();
  private final Uuid7 ids = new Uuid7(() -> Instant.ofEpochMilli(this.nowMillis), random);
  private long made;
  private long nowMillis;

  private record Conversation(UUID id, String one, String other) {}

  MessageMix(long total, int agents, long fromMillis, long toMillis, int payloadBytes) {
    this.total = total;
    this.agents = agents;
    this.fromMillis = fromMillis;
    this.toMillis = toMillis;
    this.payloadBytes = payloadBytes;
    this.nowMillis = fromMillis;
  }

  static String agent(int number) {
    return "agent-" + number;
  }

  /// Some of the conversations that there are.
  List<UUID> conversations() {
    return List.copyOf(samples);
  }

  /// An agent as often as it sends.
  static String someAgent(SplittableRandom random, int agents) {
    return agent((int) (Math.pow(random.nextDouble(), SKEW) * agents));
  }

  static String someType(SplittableRandom random) {
    return TYPES[random.nextInt(TYPES.length)];
  }

  /// The next messages, and what became of them; empty at the end.
  ///
  /// @param place gives a message its place in its mailbox
  List<JournalEntry> next(int count, UnaryOperator<Accept> place) {
    List<JournalEntry> entries = new ArrayList<>(count * 2);
    List<Progress> ends = new ArrayList<>(count);
    for (int i = 0; i < count && made < total; i++) {
      nowMillis = timeOf(made++);
      Accept accept = place.apply(message());
      entries.add(accept);
      end(accept, ends);
    }
    entries.addAll(ends);
    return entries;
  }

  /// A day has twice as many messages at noon as on average, and almost none at midnight.
  private long timeOf(long number) {
    double share = (number + 0.5) / total;
    double days = (toMillis - fromMillis) / (double) TimeUnit.DAYS.toMillis(1);
    double day = share * days;
    double within = day - Math.floor(day);
    // Inverts the share of a day that has passed where the rate is 1 - cos(2 pi t): two steps of
    // Newton from the middle are close enough, and monotonous.
    double time = within;
    for (int step = 0; step < 2; step++) {
      double error = time - Math.sin(2 * Math.PI * time) / (2 * Math.PI) - within;
      time = Math.clamp(time - error / Math.max(0.25, 1 - Math.cos(2 * Math.PI * time)), 0, 1);
    }
    long at = fromMillis + (long) ((Math.floor(day) + time) * TimeUnit.DAYS.toMillis(1));
    return Math.clamp(at, nowMillis, Math.max(nowMillis, toMillis - 1));
  }

  private Accept message() {
    Conversation conversation = conversation();
    String from;
    String to;
    if (conversation == null) {
      from = someAgent(random, agents);
      to = partner(from);
    } else {
      boolean back = random.nextBoolean();
      from = back ? conversation.other : conversation.one;
      to = back ? conversation.one : conversation.other;
    }
    byte[] payload = new byte[payloadBytes / 2 + random.nextInt(payloadBytes + 1)];
    random.nextBytes(payload);
    UUID id = ids.next();
    String type = someType(random);
    Message message =
        Message.builder(Kind.REQUEST, id, from, to, type)
            .priority(Priority.NORMAL)
            .guarantee(Guarantee.AT_LEAST_ONCE)
            .conversation(conversation == null ? null : conversation.id)
            .timestampMillis(nowMillis)
            .contentType("application/octet-stream")
            .payload(payload)
            .build();
    return Accept.of(id, from, to, EnvelopeCodec.encode(message))
        .routing(message.kind().wire(), message.priority().wire(), message.guarantee().wire())
        .type(type)
        .conversation(message.conversation())
        .times(nowMillis, 0)
        .build();
  }

  private @Nullable Conversation conversation() {
    if (random.nextDouble() >= IN_CONVERSATION) {
      return null;
    }
    if (running.size() < RUNNING_CONVERSATIONS) {
      String one = someAgent(random, agents);
      Conversation begun = new Conversation(ids.next(), one, partner(one));
      running.add(begun);
      if (samples.isEmpty() || (samples.size() < 1_000 && random.nextInt(100) == 0)) {
        samples.add(begun.id);
      }
      return begun;
    }
    int which = random.nextInt(running.size());
    Conversation conversation = running.get(which);
    if (random.nextDouble() < CONVERSATION_ENDS) {
      running.set(which, running.getLast());
      running.removeLast();
    }
    return conversation;
  }

  /// One of the few that an agent has to do with.
  private String partner(String agent) {
    int which = random.nextInt(PARTNERS);
    int number = Math.floorMod(agent.hashCode() * 31 + which * 7_919, agents);
    String partner = agent(number);
    return partner.equals(agent) ? agent((number + 1) % agents) : partner;
  }

  private void end(Accept accept, List<Progress> ends) {
    double fate = random.nextDouble();
    boolean isNew = toMillis - nowMillis < NEW_MILLIS;
    if ((isNew && fate < 0.05) || fate < 0.0005) {
      return; // open
    }
    // Most in milliseconds, some in seconds, few in minutes.
    long took = (long) Math.pow(10, random.nextDouble() * random.nextDouble() * 6);
    long at = nowMillis + took;
    if (random.nextDouble() < 0.01) {
      ends.add(progress(accept, MessageStatus.PENDING, "handler-failed", at));
      at += 1_000;
    }
    MessageStatus status =
        fate > 0.997
            ? MessageStatus.DEAD
            : fate > 0.994
                ? MessageStatus.FAILED
                : fate > 0.99 ? MessageStatus.EXPIRED : MessageStatus.PROCESSED;
    ends.add(
        progress(accept, status, status == MessageStatus.PROCESSED ? null : "handler-failed", at));
  }

  private static Progress progress(
      Accept accept, MessageStatus status, @Nullable String reason, long atMillis) {
    return Progress.of(
        accept.recipient(),
        accept.mailboxEpoch(),
        accept.sequence(),
        status,
        reason,
        atMillis,
        null);
  }
}
