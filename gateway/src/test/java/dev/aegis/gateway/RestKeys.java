package dev.aegis.gateway;

import dev.aegis.gateway.http.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A key of each role in the organization default, and an admin's key of another organization.
record RestKeys(String admin, String sender, String viewer, String foreign) {
  static RestKeys of(TestGateway gateway) throws Exception {
    return new RestKeys(
        gateway.apiKey("admin"),
        gateway.apiKey("sender"),
        gateway.apiKey("viewer"),
        Json.parse(
                gateway
                    .admin(
                        "POST",
                        "/admin/apikeys",
                        Map.of("name", "far", "role", "admin", "organization", "elsewhere"))
                    .body())
            .path("api_key")
            .asString());
  }

  /// The key of who is named so; null for anybody else.
  @Nullable String of(String who) {
    return switch (who) {
      case "admin" -> admin;
      case "sender" -> sender;
      case "viewer" -> viewer;
      case "foreign" -> foreign;
      default -> null;
    };
  }
}
