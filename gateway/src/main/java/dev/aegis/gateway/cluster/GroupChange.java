package dev.aegis.gateway.cluster;

import dev.aegis.gateway.topics.Subscription;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.TopicFilter;
import dev.aegis.protocol.TopicPattern;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/// A connected agent has become a member of a queue group, or is none any more.
record GroupChange(boolean joined, Subscription subscription) {
  void write(DataOutput out) throws IOException {
    out.writeBoolean(joined);
    out.writeLong(subscription.id().getMostSignificantBits());
    out.writeLong(subscription.id().getLeastSignificantBits());
    out.writeUTF(subscription.agent());
    out.writeUTF(subscription.organization());
    out.writeUTF(subscription.pattern().toString());
    out.writeUTF(Objects.requireNonNull(subscription.group()));
    out.writeBoolean(subscription.durable());
    Map<String, String> conditions = subscription.filter().conditions();
    out.writeByte(conditions.size());
    for (Map.Entry<String, String> condition : conditions.entrySet()) {
      out.writeUTF(condition.getKey());
      out.writeUTF(condition.getValue());
    }
  }

  static GroupChange read(DataInput in) throws IOException {
    boolean joined = in.readBoolean();
    UUID id = new UUID(in.readLong(), in.readLong());
    String agent = in.readUTF();
    String organization = in.readUTF();
    String pattern = in.readUTF();
    String group = in.readUTF();
    boolean durable = in.readBoolean();
    Map<String, String> conditions = new HashMap<>();
    for (int left = in.readUnsignedByte(); left > 0; left--) {
      conditions.put(in.readUTF(), in.readUTF());
    }
    try {
      return new GroupChange(
          joined,
          new Subscription(
              id,
              agent,
              organization,
              TopicPattern.parse(pattern),
              TopicFilter.parse(conditions),
              group,
              durable));
    } catch (EnvelopeException e) {
      throw new IllegalArgumentException("a subscription that breaks a rule", e);
    }
  }
}
