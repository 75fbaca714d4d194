package dev.aegis.gateway.capability;

import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.store.AbleAgent;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// An agent that may be chosen.
///
/// @param capabilities the attributes of each capability by its name, numbers and booleans as JSON
///   writes them
/// @param connected by a socket or a poll, at any node
/// @param open how many messages waited for it when the rows were read
/// @param openBytes how much that was
public record Candidate(
    String id,
    String organization,
    Map<String, Map<String, String>> capabilities,
    boolean connected,
    int open,
    long openBytes) {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  public Candidate {
    capabilities = Map.copyOf(capabilities);
  }

  static Candidate of(AbleAgent agent) {
    Map<String, Map<String, String>> capabilities = new HashMap<>();
    for (JsonNode capability : MAPPER.readTree(agent.capabilities())) {
      Map<String, String> attributes = new HashMap<>();
      for (Map.Entry<String, JsonNode> each : capability.path("attributes").properties()) {
        attributes.put(each.getKey(), each.getValue().asString());
      }
      capabilities.put(capability.path("name").asString(), Map.copyOf(attributes));
    }
    return new Candidate(
        agent.id(),
        agent.organization(),
        capabilities,
        agent.connected(),
        agent.open(),
        agent.openBytes());
  }

  /// Whether it has all that is asked for.
  boolean meets(CapabilityAddress wanted) {
    return wanted.requirements().stream().allMatch(this::meets);
  }

  private boolean meets(CapabilityAddress.Requirement requirement) {
    Map<String, String> attributes = capabilities.get(requirement.name());
    return attributes != null
        && attributes.entrySet().containsAll(requirement.attributes().entrySet());
  }
}
