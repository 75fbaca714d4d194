package dev.aegis.gateway.http;

import dev.aegis.gateway.webhook.WebhookJson;
import dev.aegis.protocol.Control;
import dev.aegis.store.WebhookDelivery;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// What is posted to endpoints, and what came of it, as JSON.
public final class WebhookView implements WebhookJson {
  @Override
  public byte[] message(Control.Delivery delivery) {
    return bytes(
        MessageJson.delivery(
            delivery.sequence(),
            delivery.attempt(),
            delivery.acceptedAtMillis(),
            delivery.bytes()));
  }

  @Override
  public byte[] ping(UUID id, String agentId, long nowMillis) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("id", id);
    shown.put("type", "ping");
    shown.put("to", agentId);
    shown.put("created_at", MessageJson.time(nowMillis));
    return bytes(shown);
  }

  @Override
  public byte @Nullable [] result(byte[] body) {
    try {
      return Json.bytes(Json.parse(body));
    } catch (JacksonException _) {
      return null;
    }
  }

  static Map<String, Object> of(WebhookDelivery delivery) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("message_id", delivery.messageId());
    shown.put("attempt", delivery.attempt());
    shown.put("attempted_at", MessageJson.time(delivery.attemptedAtMillis()));
    shown.put("duration_ms", delivery.durationMillis());
    shown.put("status", delivery.status().text());
    shown.put("response_code", delivery.responseCode() == 0 ? null : delivery.responseCode());
    shown.put("response_body", delivery.responseBody());
    shown.put("response_unreadable", delivery.unreadable());
    shown.put("error", delivery.error());
    return shown;
  }

  private static byte[] bytes(Map<String, Object> shown) {
    return Json.write(shown).getBytes(StandardCharsets.UTF_8);
  }
}
