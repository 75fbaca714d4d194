package dev.aegis.gateway.webhook;

import dev.aegis.protocol.Control;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is posted, and what is read of answers, as JSON. A port: how messages look belongs to the
/// REST API.
public interface WebhookJson {
  /// A message, as whoever polls sees it.
  byte[] message(Control.Delivery delivery);

  /// What an endpoint gets that is only tried.
  byte[] ping(UUID id, String agentId, long nowMillis);

  /// An answer as a result may be kept, or null if it is no JSON.
  byte @Nullable [] result(byte[] body);
}
