package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.protocol.Priority;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Publishes into a stream, and keeps each message until the stream has acknowledged it: what was
/// under way when the connection broke is published again, under the same id where it has one.
final class JetStreamSender implements Sender {
  /// Beyond, the sender has no room.
  private static final int MAX_PENDING = 1 << 16;

  private static final int RETRY_MILLIS = 100;

  private final NatsSession session;
  private final String inbox;
  private final String run;
  private final boolean exactlyOnce;
  private final Names subjects;

  /// By number, oldest first. Guarded by this, as what follows.
  private final Map<Integer, Pending> pending = new LinkedHashMap<>();

  private int next;

  private record Pending(int number, String subject, byte[] payload, Outcome outcome) {}

  /// @param session not connected yet
  /// @param inbox a subject of its own for acknowledgements
  /// @param exactlyOnce whether messages have an id by which the stream knows a repetition
  /// @param subjects by receiver
  JetStreamSender(
      NatsSession session, String inbox, String run, boolean exactlyOnce, Names subjects) {
    this.session = session;
    this.inbox = inbox;
    this.run = run;
    this.exactlyOnce = exactlyOnce;
    this.subjects = subjects;
    session.subscribe(inbox + ".*", this::answered);
    session.onReady(this::publishAgain);
  }

  @Override
  public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
    String subject = subjects.of(receiver);
    synchronized (this) {
      if (pending.size() >= MAX_PENDING) {
        return false;
      }
      Pending message = new Pending(next++, subject, payload, outcome);
      pending.put(message.number, message);
      publish(message); // where that fails, it is published with the next connection
      return true;
    }
  }

  @Override
  public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
    return false; // a durable message has one receiver
  }

  private void publish(Pending message) {
    session.write(out -> encode(out, message));
  }

  private void encode(ByteBuf out, Pending message) {
    String reply = inbox + "." + message.number;
    if (exactlyOnce) {
      String id = run + "-" + inbox + "-" + message.number;
      NatsCommands.publishOnce(out, message.subject, reply, id, message.payload);
    } else {
      NatsCommands.publish(out, message.subject, reply, message.payload);
    }
  }

  private synchronized void publishAgain() {
    pending.values().forEach(this::publish);
  }

  private void answered(MessageLine line, byte @Nullable [] headers, byte[] payload) {
    int number = line.subjectNumber();
    if (headers != null) { // nobody there: JetStream is still starting
      session.later(() -> publishAgain(number), RETRY_MILLIS);
      return;
    }
    Pending message;
    synchronized (this) {
      message = pending.remove(number);
    }
    if (message == null) {
      return; // the answer to a repetition
    }
    if (isError(payload)) {
      message.outcome.refused();
    } else {
      message.outcome.accepted();
    }
  }

  private synchronized void publishAgain(int number) {
    Pending message = pending.get(number);
    if (message != null) {
      publish(message);
    }
  }

  /// `{"error":…}` instead of `{"stream":…,"seq":…}`.
  private static boolean isError(byte[] answer) {
    return new String(answer, StandardCharsets.UTF_8).contains("\"error\"");
  }
}
