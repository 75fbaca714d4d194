package dev.aegis.gateway.http;

import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Whom a message in JSON is for: who is named in `to` or `to_agent_id`, or, where nobody is,
/// whoever has the capabilities that its `content` lists as `requirements`. Nobody is null, an
/// empty string or the UUID of zeros.
final class Addressee {
  private static final String NOBODY = "00000000-0000-0000-0000-000000000000";
  private static final String REQUIREMENTS = "requirements";

  private Addressee() {}

  static String of(Fields body) throws ProblemException {
    String to = named(body.text("to"));
    String agent = named(body.text("to_agent_id"));
    if (to != null && agent != null) {
      throw ProblemException.invalid("to or to_agent_id says who gets it, one of the two");
    }
    if (to != null || agent != null) {
      return to == null ? String.valueOf(agent) : to;
    }
    return CapabilityAddress.of(requirements(body.node("content")));
  }

  private static @Nullable String named(@Nullable String to) {
    return to == null || to.isEmpty() || to.equals(NOBODY) ? null : to;
  }

  private static List<String> requirements(@Nullable JsonNode content) throws ProblemException {
    JsonNode required = content == null ? null : content.get(REQUIREMENTS);
    if (required == null || required.isNull()) {
      throw ProblemException.invalid(
          "to or to_agent_id says who gets it, or requirements in the content what it takes");
    }
    List<String> names = new ArrayList<>();
    if (required.isArray()) {
      for (JsonNode name : required) {
        names.add(name.isString() ? name.asString() : "");
      }
    }
    if (names.isEmpty()
        || names.size() > CapabilityAddress.MAX_REQUIREMENTS
        || !names.stream().allMatch(CapabilityAddress::isName)) {
      throw ProblemException.invalid(
          "requirements: an array of 1 to "
              + CapabilityAddress.MAX_REQUIREMENTS
              + " names of capabilities");
    }
    return names;
  }

  /// @throws ProblemException it is no address
  static void check(String to) throws ProblemException {
    if (CapabilityAddress.isMeant(to)) {
      if (CapabilityAddress.parse(to) == null) {
        throw ProblemException.invalid(
            "a capability's address is cap:NAME, with ;ATTRIBUTE=VALUE and further ,NAME");
      }
      return;
    }
    if (!to.equals("*") && TopicName.ofAddress(to) == null && !AgentId.isValid(to)) {
      throw ProblemException.invalid("not an agent id: letters, digits and . _ @ - only");
    }
  }
}
