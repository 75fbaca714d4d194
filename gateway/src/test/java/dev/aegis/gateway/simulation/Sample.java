package dev.aegis.gateway.simulation;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.SplittableRandom;
import java.util.UUID;

/// A message of the simulation and what its handler makes of it.
///
/// @param failures how often its handler fails before it succeeds
record Sample(
    UUID id,
    String from,
    String to,
    Priority priority,
    Guarantee guarantee,
    long ttlMillis,
    Fate fate,
    int failures,
    byte[] envelope) {
  /// What happens in the handler.
  enum Fate {
    SUCCEEDS,
    FAILS_FIRST,
    ALWAYS_FAILS,
    KILLS_THE_AGENT,
    HANGS
  }

  /// Mostly of a clock that is about right, some of one that is hours off, some of no clock at all.
  private static UUID id(SplittableRandom random, long nowMillis) {
    int dice = random.nextInt(20);
    if (dice == 0) {
      return new UUID(random.nextLong(), random.nextLong());
    }
    long millis = nowMillis + (dice == 1 ? random.nextLong(-7_200_000, 7_200_000) : 0);
    return new UUID(millis << 16 | 0x7000 | random.nextInt(0x1000), random.nextLong());
  }

  static Sample random(SplittableRandom random, long nowMillis, String from, String to) {
    UUID id = id(random, nowMillis);
    Priority priority = Priority.fromWire(random.nextInt(4));
    Guarantee guarantee = random.nextBoolean() ? Guarantee.EXACTLY_ONCE : Guarantee.AT_LEAST_ONCE;
    long ttl = random.nextInt(6) == 0 ? random.nextInt(1, 2_000) : 0;
    int dice = random.nextInt(100);
    Fate fate =
        dice < 84
            ? Fate.SUCCEEDS
            : dice < 92
                ? Fate.FAILS_FIRST
                : dice < 96 ? Fate.ALWAYS_FAILS : dice < 98 ? Fate.KILLS_THE_AGENT : Fate.HANGS;
    Message message =
        Message.builder(Kind.EVENT, id, from, to, "t")
            .priority(priority)
            .guarantee(guarantee)
            .ttlMillis(ttl)
            .flags(Message.RECEIPT_STORED | Message.RECEIPT_DELIVERED | Message.RECEIPT_PROCESSED)
            .payload(new byte[random.nextInt(40)])
            .build();
    return new Sample(
        id,
        from,
        to,
        priority,
        guarantee,
        ttl,
        fate,
        random.nextInt(1, 4),
        EnvelopeCodec.encode(message));
  }
}
