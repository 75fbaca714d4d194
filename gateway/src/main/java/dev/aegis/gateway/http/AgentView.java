package dev.aegis.gateway.http;

import dev.aegis.store.RegisteredAgent;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An agent of the registry as JSON. `id` and `agent_id` are the same: its address.
final class AgentView {
  private AgentView() {}

  static Reply reply(int status, RegisteredAgent agent) {
    return Reply.json(status, of(agent)).with("ETag", Versions.tag(agent.version()));
  }

  /// Likewise, with the secret of its endpoint if that is a new one.
  static Reply reply(int status, RegisteredAgent agent, @Nullable String webhookSecret) {
    Map<String, Object> shown = of(agent);
    if (webhookSecret != null) {
      shown.put("webhook_secret", webhookSecret);
    }
    return Reply.json(status, shown).with("ETag", Versions.tag(agent.version()));
  }

  static Map<String, Object> of(RegisteredAgent agent) {
    byte[] key = agent.publicKey();
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", agent.id());
    shown.put("agent_id", agent.id());
    shown.put("name", agent.name());
    shown.put("organization", agent.organization());
    shown.put("type", agent.type());
    shown.put("endpoint", agent.endpoint());
    shown.put("capabilities", Capabilities.shown(agent.capabilities()));
    shown.put("status", agent.status().text());
    shown.put("state", agent.state().text());
    shown.put("connected", agent.connected());
    shown.put("public_key", key == null ? null : Base64.getEncoder().encodeToString(key));
    shown.put("heartbeat_at", time(agent.heartbeatAtMillis()));
    shown.put("created_at", time(agent.createdAtMillis()));
    shown.put("updated_at", time(agent.updatedAtMillis()));
    shown.put("version", agent.version());
    return shown;
  }

  private static @Nullable String time(long millis) {
    return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
  }
}
