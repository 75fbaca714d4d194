package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON as the REST API speaks it.
public final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /// What comes from outside means one thing only.
  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  public static String write(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// @throws ProblemException not JSON, or not an object, or one with a name that comes twice
  static JsonNode object(byte[] body) throws ProblemException {
    JsonNode node;
    try {
      node = STRICT.readTree(body);
    } catch (JacksonException _) {
      throw new ProblemException(
          ProblemCode.INVALID_JSON, "the body is not JSON, or has a name twice");
    }
    if (node == null || !node.isObject()) {
      throw new ProblemException(ProblemCode.INVALID_JSON, "the body must be a JSON object");
    }
    return node;
  }

  public static JsonNode parse(String body) {
    return MAPPER.readTree(body);
  }

  static JsonNode parse(byte[] body) {
    return MAPPER.readTree(body);
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }
}
