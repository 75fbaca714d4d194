package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// Where messages of one agent are posted to, and what signs them.
///
/// @param active whether the agent may be sent anything
/// @param secret null for none, or none that opens: nothing is posted
/// @param previousSecret from before the last rotation, null for none
/// @param previousUntilMillis how long that one signs as well
/// @param concurrency requests at a time, 0 for as many as the gateway is configured with
/// @param disabledAtMillis when its server said that it is gone for good, 0 for never
public record WebhookEndpoint(
    String agentId,
    String organization,
    String url,
    boolean active,
    @Nullable String secret,
    @Nullable String previousSecret,
    long previousUntilMillis,
    int concurrency,
    long disabledAtMillis,
    @Nullable String disabledReason) {
  /// Without the secrets.
  @Override
  public String toString() {
    return "webhook of " + agentId;
  }
}
