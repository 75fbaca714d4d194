package dev.aegis.gateway.router;

/// Who submits a message through the REST API.
///
/// @param agentId the agent it speaks as: `from` must name it
public record Principal(String agentId, String organization) {}
