package dev.aegis.store.fabric;

import io.lettuce.core.RedisURI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a Redis URL means.
///
/// @param uris one, or the first servers to ask of a cluster
record RedisTarget(boolean cluster, List<RedisURI> uris) {
  private static final int DEFAULT_PORT = 6379;
  private static final String HOST = "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:]+])(?::\\d{1,5})?";
  private static final Pattern FORM =
      Pattern.compile(
          "(?<kind>rediss?|rediss?-sentinel|rediss?-cluster)://"
              + "(?<login>[^@/#?]*@)?(?<hosts>"
              + HOST
              + "(?:,"
              + HOST
              + ")*)(?<database>/\\d{1,4})?(?<master>#[^#/?]+)?");

  private static final String FORMS =
      "must be redis://[user:password@]host[:port][/database],"
          + " redis-sentinel://[user:password@]host[:port],…[/database]#master or"
          + " redis-cluster://[user:password@]host[:port],…, or one of these with rediss for TLS";

  /// @throws IllegalArgumentException none of the forms of [RedisSettings#url]
  static RedisTarget parse(String url) {
    Matcher form = FORM.matcher(url);
    if (!form.matches()) {
      throw refused(url);
    }
    String kind = form.group("kind");
    boolean several = form.group("hosts").indexOf(',') >= 0;
    boolean sentinel = kind.endsWith("-sentinel");
    boolean cluster = kind.endsWith("-cluster");
    boolean fits =
        sentinel == (form.group("master") != null)
            && (sentinel || cluster || !several)
            && !(cluster && form.group("database") != null);
    if (!fits) {
      throw refused(url);
    }
    try {
      return cluster ? cluster(form) : new RedisTarget(false, List.of(RedisURI.create(url)));
    } catch (IllegalArgumentException _) {
      throw refused(url); // its own message may hold the password
    }
  }

  private static RedisTarget cluster(Matcher form) {
    String scheme = form.group("kind").startsWith("rediss") ? "rediss://" : "redis://";
    String login = form.group("login") == null ? "" : form.group("login");
    List<RedisURI> uris = new ArrayList<>();
    for (String host : form.group("hosts").split(",", -1)) {
      boolean ported = host.matches(".*:\\d{1,5}") && !host.endsWith("]");
      uris.add(RedisURI.create(scheme + login + (ported ? host : host + ":" + DEFAULT_PORT)));
    }
    return new RedisTarget(true, List.copyOf(uris));
  }

  static String withoutPassword(String url) {
    return url.replaceFirst("//.*@", "//***@");
  }

  private static IllegalArgumentException refused(String url) {
    return new IllegalArgumentException(
        "the Redis URL is \"" + withoutPassword(url) + "\", " + FORMS);
  }
}
