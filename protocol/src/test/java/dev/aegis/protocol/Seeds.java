package dev.aegis.protocol;

import static dev.aegis.protocol.vectors.VectorJson.bytes;

import dev.aegis.protocol.vectors.VectorJson;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// What fuzzing starts from: the published vectors, good and bad.
final class Seeds {
  private Seeds() {}

  static List<byte[]> envelopes() {
    JsonNode file = VectorJson.read("envelopes.json");
    List<byte[]> seeds = new ArrayList<>(field(file.required("envelopes")));
    seeds.addAll(field(file.required("other_spellings")));
    seeds.addAll(negative("envelopes"));
    return seeds;
  }

  static List<byte[]> flights() {
    JsonNode file = VectorJson.read("records.json");
    List<byte[]> seeds = new ArrayList<>(negative("flights"));
    for (String direction : List.of("agent_to_gateway", "gateway_to_agent")) {
      for (JsonNode record : file.required(direction)) {
        seeds.add(bytes(record, "flight"));
      }
    }
    return seeds;
  }

  /// A message of both handshakes, with those of its negative vectors.
  static List<byte[]> messages(String name) {
    List<byte[]> seeds = new ArrayList<>(negative(name));
    for (String file : List.of("handshake-suite1.json", "handshake-suite2.json")) {
      seeds.add(bytes(VectorJson.read(file).required("messages"), name));
    }
    return seeds;
  }

  private static List<byte[]> negative(String section) {
    return field(VectorJson.read("negative.json").required(section));
  }

  private static List<byte[]> field(JsonNode cases) {
    return cases.values().stream().map(vector -> bytes(vector, "bytes")).toList();
  }
}
