package dev.aegis.gateway.webhook;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How messages are posted.
///
/// @param allowed addresses that are posted to although they are not public
/// @param http whether endpoints may be without TLS
/// @param timeout the longest time a request may take
/// @param concurrency requests to one endpoint at a time, where it does not say
/// @param endpoints endpoints that are posted to at a time
/// @param breakerPause how long nothing is posted to a host at first where requests fail
/// @param longestPause how long a server may ask to be left alone
/// @param grace how long after its last session an agent is left to come back
/// @param logRetention how long attempts are kept
/// @param certificates PEM certificates that are trusted besides the platform's, null for none
public record WebhookSettings(
    List<AddressRange> allowed,
    boolean http,
    Duration timeout,
    int concurrency,
    int endpoints,
    Duration breakerPause,
    Duration longestPause,
    Duration grace,
    Duration logRetention,
    @Nullable Path certificates) {
  public WebhookSettings {
    allowed = List.copyOf(allowed);
  }
}
