package dev.aegis.bench;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.SplittableRandom;
import java.util.UUID;

/// The message that the benchmarks of stages work on: an event as an agent sends it.
final class Samples {
  private static final long SEED = 42;
  private static final long TIME_MILLIS = 1_790_000_000_000L;

  private Samples() {}

  static Message message(int payloadBytes) {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] payload = new byte[payloadBytes];
    random.nextBytes(payload);
    return Message.builder(
            Kind.EVENT,
            new UUID(random.nextLong(), random.nextLong()),
            "planner-7",
            "worker-12",
            "task")
        .priority(Priority.NORMAL)
        .guarantee(Guarantee.AT_LEAST_ONCE)
        .flags(Message.RECEIPT_STORED | Message.RECEIPT_PROCESSED)
        .timestampMillis(TIME_MILLIS)
        .payload(payload)
        .build();
  }

  static byte[] envelope(int payloadBytes) {
    return EnvelopeCodec.encode(message(payloadBytes));
  }
}
