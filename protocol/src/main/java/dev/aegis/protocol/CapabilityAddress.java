package dev.aegis.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The address of whoever is able to do something (PROTOCOL.md 6.2): `cap:` and up to
/// [#MAX_REQUIREMENTS] requirements joined by commas, each the name of a capability and perhaps
/// attributes that it must have, `cap:translate;to=de,review`.
public record CapabilityAddress(List<Requirement> requirements) {
  /// What stands before the first requirement.
  public static final String PREFIX = "cap:";

  public static final int MAX_REQUIREMENTS = 8;
  public static final int MAX_ATTRIBUTES = 8;

  /// Longest name of a capability or an attribute, in characters.
  public static final int MAX_NAME = 128;

  public CapabilityAddress {
    requirements = List.copyOf(requirements);
  }

  /// One capability.
  ///
  /// @param attributes what it must say of itself, each exactly
  public record Requirement(String name, Map<String, String> attributes) {
    public Requirement {
      attributes = Map.copyOf(attributes);
    }
  }

  /// Whether an address of a message is meant as one of these, well-formed or not.
  public static boolean isMeant(String to) {
    return to.startsWith(PREFIX);
  }

  /// The address of whoever has all of these capabilities.
  public static String of(List<String> names) {
    return names.stream().collect(Collectors.joining(",", PREFIX, ""));
  }

  /// The parts of an address, or null where it is none.
  public static @Nullable CapabilityAddress parse(String to) {
    if (!isMeant(to)) {
      return null;
    }
    String[] parts = to.substring(PREFIX.length()).split(",", -1);
    if (parts.length > MAX_REQUIREMENTS) {
      return null;
    }
    List<Requirement> requirements = new ArrayList<>(parts.length);
    for (String part : parts) {
      Requirement requirement = requirement(part);
      if (requirement == null) {
        return null;
      }
      requirements.add(requirement);
    }
    return new CapabilityAddress(requirements);
  }

  private static @Nullable Requirement requirement(String text) {
    String[] parts = text.split(";", -1);
    if (!isName(parts[0]) || parts.length > MAX_ATTRIBUTES + 1) {
      return null;
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 0) {
        return null;
      }
      String name = parts[i].substring(0, equals);
      String value = parts[i].substring(equals + 1);
      if (!isName(name) || !isValue(value) || attributes.put(name, value) != null) {
        return null;
      }
    }
    return new Requirement(parts[0], attributes);
  }

  /// Whether a capability or an attribute may have that name.
  public static boolean isName(String name) {
    if (name.isEmpty() || name.length() > MAX_NAME || !isLetterOrDigit(name.charAt(0))) {
      return false;
    }
    for (int i = 1; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isLetterOrDigit(c) && "._:/@-".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  /// Visible ASCII characters; those that part an address are excluded by the parting.
  private static boolean isValue(String value) {
    return !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
