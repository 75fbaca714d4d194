package dev.aegis.gateway.http;

import dev.aegis.protocol.CapabilityAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What an agent is able to do, as JSON: an array of names, or of objects with a name and
/// attributes. Stored it is objects all through, so that one kind of query finds both; answered,
/// what has no attributes is its name alone.
final class Capabilities {
  private static final int MAX = 128;
  private static final int MAX_ATTRIBUTES = 32;
  private static final int MAX_VALUE = 255;

  private Capabilities() {}

  static boolean isName(String name) {
    return CapabilityAddress.isName(name);
  }

  /// As it is stored.
  static String stored(@Nullable JsonNode given) throws ProblemException {
    if (given == null) {
      return "[]";
    }
    if (!given.isArray() || given.size() > MAX) {
      throw ProblemException.invalid("capabilities: an array of up to " + MAX);
    }
    List<Map<String, Object>> stored = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode each : given) {
      Map<String, Object> capability = new LinkedHashMap<>();
      JsonNode name = each.isObject() ? each.path("name") : each;
      if (!name.isString() || !isName(name.asString())) {
        throw ProblemException.invalid(
            "capabilities: names of up to 128 letters, digits and . _ : / @ -, or objects with a name");
      }
      if (!names.add(name.asString())) {
        throw ProblemException.invalid("capabilities: a name comes twice");
      }
      capability.put("name", name.asString());
      if (each.isObject()) {
        attributes(each, capability);
      }
      stored.add(capability);
    }
    return Json.write(stored);
  }

  private static void attributes(JsonNode given, Map<String, Object> capability)
      throws ProblemException {
    for (String field : given.propertyNames()) {
      if (!field.equals("name") && !field.equals("attributes")) {
        throw ProblemException.invalid("capabilities: objects have a name and attributes only");
      }
    }
    JsonNode attributes = given.get("attributes");
    if (attributes == null || attributes.isNull()) {
      return;
    }
    if (!attributes.isObject() || attributes.size() > MAX_ATTRIBUTES) {
      throw ProblemException.invalid(
          "capabilities: attributes are an object of up to " + MAX_ATTRIBUTES);
    }
    for (Map.Entry<String, JsonNode> attribute : attributes.properties()) {
      JsonNode value = attribute.getValue();
      if (!isName(attribute.getKey())
          || !(value.isString() || value.isNumber() || value.isBoolean())
          || value.asString().length() > MAX_VALUE
          || value.asString().indexOf('\0') >= 0) {
        throw ProblemException.invalid(
            "capabilities: attributes have strings of up to 255, numbers and booleans");
      }
    }
    if (!attributes.isEmpty()) {
      capability.put("attributes", attributes);
    }
  }

  /// As it is answered.
  static List<Object> shown(String stored) {
    List<Object> shown = new ArrayList<>();
    for (JsonNode each : Json.parse(stored)) {
      shown.add(each.has("attributes") ? each : each.path("name").asString());
    }
    return shown;
  }
}
