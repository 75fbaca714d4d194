package dev.aegis.gateway.webhook;

import dev.aegis.store.WebhookEndpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where the messages of an agent go now. Immutable, but for the breaker.
///
/// @param breaker shared by all endpoints of its organization at the host
record Target(WebhookEndpoint endpoint, URI uri, HostBreaker breaker) {
  private static final int HTTPS = 443;
  private static final int HTTP = 80;

  /// The URL, or null where it is none that can be posted to.
  static @Nullable URI uri(String url) {
    try {
      URI uri = new URI(url);
      return uri.getHost() == null || uri.getScheme() == null ? null : uri;
    } catch (URISyntaxException _) {
      return null;
    }
  }

  /// The host and port of a URL.
  static String host(URI uri) {
    int port = uri.getPort();
    if (port < 0) {
      port = "https".equalsIgnoreCase(uri.getScheme()) ? HTTPS : HTTP;
    }
    return uri.getHost().toLowerCase(Locale.ROOT) + ':' + port;
  }

  /// What signs now, the newest first; empty where nothing does.
  static List<String> secrets(WebhookEndpoint endpoint, long nowMillis) {
    String secret = endpoint.secret();
    String previous = endpoint.previousSecret();
    if (secret == null) {
      return List.of();
    }
    return previous == null || endpoint.previousUntilMillis() <= nowMillis
        ? List.of(secret)
        : List.of(secret, previous);
  }
}
