package dev.aegis.gateway.http;

import dev.aegis.store.ApiKey;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a key may do. Its role says which of them at most; a key may be issued with fewer.
enum Scope {
  AGENTS_READ,
  AGENTS_HEARTBEAT,
  AGENTS_WRITE,
  MESSAGES_READ,
  MESSAGES_SEND,
  MESSAGES_RECEIVE,
  MESSAGES_SETTLE,
  KEYS_WRITE,
  RULES_WRITE,
  MESSAGES_ERASE,
  AUDIT_READ,
  AUDIT_WRITE;

  /// As keys and documents name it, such as `agents:read`.
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ':');
  }

  static Optional<Scope> fromLabel(String label) {
    for (Scope scope : values()) {
      if (scope.label().equals(label)) {
        return Optional.of(scope);
      }
    }
    return Optional.empty();
  }

  /// All that a role allows.
  static Set<Scope> of(ApiKey.Role role) {
    return switch (role) {
      case ADMIN -> EnumSet.allOf(Scope.class);
      case SENDER ->
          EnumSet.of(AGENTS_READ, AGENTS_HEARTBEAT, MESSAGES_READ, MESSAGES_SEND, MESSAGES_RECEIVE);
      case VIEWER -> EnumSet.of(AGENTS_READ, MESSAGES_READ, AUDIT_READ);
    };
  }
}
