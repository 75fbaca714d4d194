package dev.aegis.bench.peers.nats;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Receives what a durable consumer is sent, and acknowledges each message once it has arrived. For
/// exactly-once the acknowledgement is itself acknowledged, and repeated with the next connection
/// until it is. Confined to its session's event loop.
final class JetStreamReceiver {
  private final NatsSession session;
  private final String inbox;
  private final boolean exactlyOnce;
  private final Consumer<byte[]> arrivals;

  /// Where to acknowledge what the server has not confirmed, by number.
  private final Map<Integer, String> unconfirmed = new LinkedHashMap<>();

  private int next;

  /// @param session not connected yet
  /// @param inbox a subject of its own for confirmations
  JetStreamReceiver(
      NatsSession session,
      String deliverSubject,
      String inbox,
      boolean exactlyOnce,
      Consumer<byte[]> arrivals) {
    this.session = session;
    this.inbox = inbox;
    this.exactlyOnce = exactlyOnce;
    this.arrivals = arrivals;
    session.subscribe(deliverSubject, this::delivered);
    if (exactlyOnce) {
      session.subscribe(inbox + ".*", (line, _, _) -> unconfirmed.remove(line.subjectNumber()));
      session.onReady(() -> unconfirmed.forEach(this::acknowledge));
    }
  }

  private void delivered(MessageLine line, byte @Nullable [] headers, byte[] payload) {
    String reply = line.reply();
    if (reply == null) {
      return; // not from the consumer
    }
    arrivals.accept(payload);
    if (exactlyOnce) {
      int number = next++;
      unconfirmed.put(number, reply);
      acknowledge(number, reply);
    } else {
      session.write(out -> NatsCommands.publish(out, reply, null, NatsCommands.ACKNOWLEDGE));
    }
  }

  private void acknowledge(int number, String subject) {
    session.write(
        out -> NatsCommands.publish(out, subject, inbox + "." + number, NatsCommands.ACKNOWLEDGE));
  }
}
