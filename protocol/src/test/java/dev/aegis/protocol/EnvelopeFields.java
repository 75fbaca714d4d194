package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.object;

import dev.aegis.protocol.Control.Ack;
import dev.aegis.protocol.Control.Cancel;
import dev.aegis.protocol.Control.Confirm;
import dev.aegis.protocol.Control.Credit;
import dev.aegis.protocol.Control.Delivery;
import dev.aegis.protocol.Control.Gap;
import dev.aegis.protocol.Control.Goodbye;
import dev.aegis.protocol.Control.Heartbeat;
import dev.aegis.protocol.Control.Nack;
import dev.aegis.protocol.Control.Progressing;
import dev.aegis.protocol.Control.Receipt;
import dev.aegis.protocol.Control.Refusal;
import dev.aegis.protocol.Control.Subscribe;
import dev.aegis.protocol.Control.Unsubscribe;
import dev.aegis.protocol.Control.Welcome;
import dev.aegis.protocol.Control.WindowSignature;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A decoded envelope as the fields that `envelopes.json` gives it, which are equal when all its
/// content is.
final class EnvelopeFields {
  private EnvelopeFields() {}

  static Map<String, @Nullable Object> of(Envelope envelope) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("kind", envelope.kind().wire());
    fields.putAll(
        switch (envelope) {
          case Message m -> message(m);
          case Heartbeat c -> object("number", c.number(), "answer", c.answer());
          case Ack c -> ranges(c.stage(), c.mailboxEpoch(), c.sequences());
          case Nack c ->
              object(
                  "mailbox_epoch", c.mailboxEpoch(),
                  "sequence", c.sequence(),
                  "code", c.code(),
                  "reason", c.reason(),
                  "retry_after", c.retryAfterMillis());
          case Receipt c ->
              object(
                  "stage", c.stage().wire(),
                  "code", c.code(),
                  "ids", c.ids(),
                  "recipient", c.recipient(),
                  "level", c.level(),
                  "time", c.timeMillis());
          case Refusal c ->
              object(
                  "code", c.code(),
                  "message_id", c.messageId(),
                  "reason", c.reason(),
                  "retry_after", c.retryAfterMillis(),
                  "kind_refused", c.refusedKind());
          case Credit c -> object("messages", c.messages(), "bytes", c.bytes());
          case Cancel c ->
              object("id", c.id(), "to", c.to(), "from", c.from(), "reason", c.reason());
          case Subscribe c ->
              object(
                  "id", c.id(),
                  "pattern", c.pattern(),
                  "filter", map(c.filter()),
                  "queue_group", c.queueGroup(),
                  "durable", c.durable());
          case Unsubscribe c -> object("id", c.id());
          case WindowSignature c ->
              object("first_index", c.firstIndex(), "count", c.count(), "signature", c.signature());
          case Delivery c ->
              object(
                  "mailbox_epoch", c.mailboxEpoch(),
                  "sequence", c.sequence(),
                  "attempt", c.attempt(),
                  "accepted_at", c.acceptedAtMillis(),
                  "envelope", c.bytes());
          case Welcome c -> welcome(c);
          case Goodbye c ->
              object(
                  "code", c.closeCode(),
                  "reconnect_after", c.reconnectAfterMillis(),
                  "reason", c.reason());
          case Confirm c -> ranges(c.stage(), c.mailboxEpoch(), c.sequences());
          case Progressing c ->
              object("id", c.id(), "to", c.to(), "from", c.from(), "note", c.note());
          case Gap c ->
              object(
                  "mailbox_epoch", c.mailboxEpoch(),
                  "ranges", LongStream.of(c.sequences().bounds()).boxed().toList(),
                  "code", c.code());
        });
    return fields;
  }

  private static Map<String, @Nullable Object> message(Message m) {
    return object(
        "id", m.id(),
        "from", m.from(),
        "to", m.to(),
        "priority", m.priority().wire(),
        "guarantee", m.guarantee().wire(),
        "ttl", m.ttlMillis(),
        "flags", Integer.toUnsignedLong(m.flags()),
        "hops", m.hops(),
        "type", m.type(),
        "channel", m.channel(),
        "conversation", m.conversation(),
        "correlation", m.correlation(),
        "timestamp", m.timestampMillis(),
        "content_type", m.contentType(),
        "metadata", map(m.metadata()),
        "payload", m.payload());
  }

  private static Map<String, @Nullable Object> welcome(Welcome c) {
    return object(
        "agent_id", c.agentId(),
        "session_token", c.sessionToken(),
        "ticket", null,
        "session_epoch", c.sessionEpoch(),
        "mailbox_epoch", c.mailboxEpoch(),
        "next_mailbox_sequence", c.nextSequence(),
        "capabilities", Integer.toUnsignedLong(c.capabilities()),
        "largest_record", c.maxRecordBytes(),
        "largest_payload", c.maxPayloadBytes(),
        "signing", c.signingRequired() ? 1 : 0,
        "heartbeat_interval", c.heartbeatMillis(),
        "credit_messages", c.creditMessages(),
        "credit_bytes", c.creditBytes(),
        "gateway_time", c.timeMillis(),
        "gateway_version", c.version());
  }

  private static Map<String, @Nullable Object> ranges(
      Stage stage, long epoch, SequenceRanges ranges) {
    return object(
        "stage",
        stage.wire(),
        "mailbox_epoch",
        epoch,
        "ranges",
        LongStream.of(ranges.bounds()).boxed().toList());
  }

  private static @Nullable Map<String, String> map(Map<String, String> map) {
    return map.isEmpty() ? null : new TreeMap<>(map);
  }
}
