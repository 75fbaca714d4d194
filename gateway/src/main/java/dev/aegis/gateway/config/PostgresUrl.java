package dev.aegis.gateway.config;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a PostgreSQL database is, from a `jdbc:postgresql:`, `postgresql:` or `postgres:` URL.
///
/// @param jdbc without user and password
/// @param user null when the URL names none
/// @param password null when the URL has none
record PostgresUrl(String jdbc, @Nullable String user, @Nullable String password) {
  static final Kind<PostgresUrl> KIND =
      new Kind<>(
          "postgresql://user:password@host:port/database, also as postgres:// or"
              + " jdbc:postgresql://",
          PostgresUrl::parse,
          PostgresUrl::mask);

  private static final Pattern URL =
      Pattern.compile(
          "(?:jdbc:)?postgres(?:ql)?://(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?"
              + "(?<hosts>[^/?@]+)/(?<database>[^/?@]+)(?:\\?(?<query>.*))?");

  /// @throws IllegalArgumentException not such a URL
  static PostgresUrl parse(String text) {
    Matcher parts = URL.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a URL of a PostgreSQL database");
    }
    String user = decoded(parts.group("user"));
    String password = decoded(parts.group("password"));
    List<String> options = new ArrayList<>();
    String query = parts.group("query");
    for (String option : query == null ? new String[0] : query.split("&", -1)) {
      if (option.startsWith("user=")) {
        user = decoded(option.substring(5));
      } else if (option.startsWith("password=")) {
        password = decoded(option.substring(9));
      } else if (!option.isEmpty()) {
        options.add(option);
      }
    }
    return new PostgresUrl(
        "jdbc:postgresql://"
            + parts.group("hosts")
            + "/"
            + parts.group("database")
            + (options.isEmpty() ? "" : "?" + String.join("&", options)),
        user,
        password);
  }

  /// Hides the password, also of a URL that cannot be parsed.
  static String mask(String url) {
    return url.replaceAll("(//[^:@/]*:).*@", "$1***@").replaceAll("(?i)(password=)[^&]*", "$1***");
  }

  private static @Nullable String decoded(@Nullable String text) {
    if (text == null) {
      return null;
    }
    // In this part of a URL a plus sign is itself, not a space.
    String plain = text.replace("+", URLEncoder.encode("+", StandardCharsets.UTF_8));
    return URLDecoder.decode(plain, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return jdbc;
  }
}
