package dev.aegis.bench.chaos;

import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/// A message of the crash test. All of it follows from its id and guarantee, so that a sender can
/// send it again, and a receiver can tell whether it is what was sent, by nothing else.
record Parcel(UUID id, Guarantee guarantee) {
  private static final String TYPE = "chaos";
  private static final Priority[] PRIORITIES = Priority.values();
  private static final int SMALL = 1 << 10;
  private static final int MEDIUM = 16 << 10;
  private static final int LARGE = 128 << 10;

  /// The message; each call makes the same.
  OutgoingMessage message(List<String> recipients) {
    SplittableRandom random =
        new SplittableRandom(id.getMostSignificantBits() ^ id.getLeastSignificantBits());
    String to = recipients.get(random.nextInt(recipients.size()));
    Priority priority = PRIORITIES[random.nextInt(PRIORITIES.length)];
    byte[] payload = new byte[size(random)];
    random.nextBytes(payload);
    return OutgoingMessage.of(to, TYPE, payload).withPriority(priority).withGuarantee(guarantee);
  }

  /// Most are small, some need several records of TLS.
  private static int size(SplittableRandom random) {
    int percent = random.nextInt(100);
    return percent < 90
        ? random.nextInt(SMALL)
        : percent < 99 ? random.nextInt(SMALL, MEDIUM) : random.nextInt(MEDIUM, LARGE);
  }

  /// Whether what arrived is this parcel, and arrived where it was sent to.
  static boolean isIntact(IncomingMessage incoming, List<String> recipients, String arrivedAt) {
    Message arrived = incoming.message();
    OutgoingMessage sent = new Parcel(arrived.id(), arrived.guarantee()).message(recipients);
    return sent.to().equals(arrivedAt)
        && arrived.to().equals(arrivedAt)
        && sent.type().equals(arrived.type())
        && sent.priority() == arrived.priority()
        && Arrays.equals(sent.payload(), arrived.payload());
  }
}
