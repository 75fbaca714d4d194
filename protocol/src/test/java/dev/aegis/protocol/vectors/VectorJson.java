package dev.aegis.protocol.vectors;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JSON files of test vectors: where they are and how they are written. Bytes are lower-case
/// hex.
public final class VectorJson {
  private static final JsonMapper MAPPER = JsonMapper.shared();
  private static final DefaultIndenter INDENTER = new DefaultIndenter("  ", "\n");
  private static final DefaultPrettyPrinter PRINTER =
      new DefaultPrettyPrinter().withArrayIndenter(INDENTER).withObjectIndenter(INDENTER);

  private VectorJson() {}

  /// A file as it is committed.
  public static JsonNode read(String name) {
    return MAPPER.readTree(text(name));
  }

  /// A file as it is committed; nothing when there is none.
  public static String text(String name) {
    try (InputStream in = VectorJson.class.getResourceAsStream("/vectors/" + name)) {
      return in == null
          ? ""
          : new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Replaces a file in the source tree; the tests run in the folder of the module.
  public static void write(String name, String text) throws IOException {
    Path folder = Path.of("src/test/resources/vectors");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name), text);
  }

  public static String toText(Object tree) {
    return MAPPER.writer().with(PRINTER).writeValueAsString(tree) + "\n";
  }

  /// An object of a name and a value in turn. Bytes become hex, UUIDs their canonical text.
  public static Map<String, @Nullable Object> object(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put(String.valueOf(namesAndValues[i]), value(namesAndValues[i + 1]));
    }
    return object;
  }

  public static @Nullable Object value(@Nullable Object value) {
    return switch (value) {
      case byte[] bytes -> HexFormat.of().formatHex(bytes);
      case UUID id -> id.toString();
      case List<?> list -> list.stream().map(VectorJson::value).toList();
      case null -> null;
      default -> value;
    };
  }

  /// The bytes that stand in a field.
  public static byte[] bytes(JsonNode object, String field) {
    return HexFormat.of().parseHex(object.required(field).asString());
  }

  /// The byte strings of an array.
  public static List<byte[]> list(JsonNode object, String field) {
    return object.required(field).values().stream()
        .map(element -> HexFormat.of().parseHex(element.asString()))
        .toList();
  }
}
