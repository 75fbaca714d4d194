package dev.aegis.bench.database;

import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a directory has been filled with, in a file beside the gateway's data: so that it can be
/// asked again without being filled again.
///
/// @param from when the first message was sent
/// @param to after the last one
/// @param conversations some of those that there are
record FilledDatabase(
    long messages, int agents, int size, Instant from, Instant to, List<UUID> conversations) {
  private static final String FILE = "filled.json";

  /// @return null where nothing has been filled to the end
  static @Nullable FilledDatabase of(Path home) throws IOException {
    Path file = home.resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    JsonNode json = Json.parse(Files.readString(file));
    List<UUID> conversations = new ArrayList<>();
    json.path("conversations").forEach(id -> conversations.add(UUID.fromString(id.asString())));
    return new FilledDatabase(
        json.path("messages").asLong(),
        json.path("agents").asInt(),
        json.path("size").asInt(),
        Instant.parse(json.path("from").asString()),
        Instant.parse(json.path("to").asString()),
        conversations);
  }

  void save(Path home) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("messages", messages);
    json.put("agents", agents);
    json.put("size", size);
    json.put("from", from.toString());
    json.put("to", to.toString());
    json.put("conversations", conversations.stream().map(UUID::toString).toList());
    Files.writeString(home.resolve(FILE), Json.write(json));
  }
}
