package dev.aegis.gateway.router;

import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Message;
import dev.aegis.store.Accept;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What tells a repeat from a conflict where nobody signed the envelope. The gateway makes that of
/// a message over REST anew for each attempt, so its time stamp, what is left of its time and the
/// order of its metadata say nothing.
final class Unsigned {
  private Unsigned() {}

  static long digest(byte[] envelope) {
    try {
      Message message = (Message) EnvelopeCodec.decode(envelope, 0, envelope.length);
      ByteArrayOutputStream said = new ByteArrayOutputStream(envelope.length);
      write(message, new DataOutputStream(said));
      return Accept.digestOf(said.toByteArray());
    } catch (EnvelopeException | IOException e) {
      throw new IllegalArgumentException("not the envelope of a message", e);
    }
  }

  private static void write(Message message, DataOutputStream out) throws IOException {
    out.writeByte(message.kind().wire());
    out.writeByte(message.priority().wire());
    out.writeByte(message.guarantee().wire());
    out.writeInt(message.flags());
    text(out, message.id());
    text(out, message.from());
    text(out, message.to());
    text(out, message.type());
    text(out, message.channel());
    text(out, message.conversation());
    text(out, message.correlation());
    text(out, message.contentType());
    out.writeInt(message.metadata().size());
    for (Map.Entry<String, String> entry : new TreeMap<>(message.metadata()).entrySet()) {
      text(out, entry.getKey());
      text(out, entry.getValue());
    }
    out.write(message.payload());
  }

  private static void text(DataOutputStream out, @Nullable Object value) throws IOException {
    byte[] bytes = Objects.toString(value, "").getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
