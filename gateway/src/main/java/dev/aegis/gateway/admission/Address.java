package dev.aegis.gateway.admission;

import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.TopicName;

/// Where a message is to go (PROTOCOL.md 6.2).
public sealed interface Address {
  /// One agent by name.
  record ToAgent(String id) implements Address {}

  /// Every agent the sender may reach.
  record Broadcast() implements Address {}

  /// Whoever is subscribed to a topic.
  ///
  /// @param name without what stands before it in the address
  record ToTopic(String name) implements Address {}

  /// One agent that is able to do something.
  record ToCapability(CapabilityAddress wanted) implements Address {}

  /// @throws EnvelopeException the form is none of the known ones
  static Address parse(String to) throws EnvelopeException {
    if (to.equals("*")) {
      return new Broadcast();
    }
    String topic = TopicName.ofAddress(to);
    if (topic != null) {
      if (!TopicName.isValid(topic)) {
        throw new EnvelopeException(ErrorCode.INVALID_FIELD, "to");
      }
      return new ToTopic(topic);
    }
    if (CapabilityAddress.isMeant(to)) {
      CapabilityAddress wanted = CapabilityAddress.parse(to);
      if (wanted == null) {
        throw new EnvelopeException(ErrorCode.INVALID_FIELD, "to");
      }
      return new ToCapability(wanted);
    }
    if (!AgentId.isValid(to)) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "to");
    }
    return new ToAgent(to);
  }
}
