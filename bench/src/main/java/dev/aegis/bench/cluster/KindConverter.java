package dev.aegis.bench.cluster;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads `at-least-once` as people write it.
final class KindConverter implements ITypeConverter<ClusterCommand.Kind> {
  @Override
  public ClusterCommand.Kind convert(String text) {
    return Arrays.stream(ClusterCommand.Kind.values())
        .filter(kind -> label(kind).equals(text.strip().toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new TypeConversionException(
                "\"%s\" is none of %s"
                    .formatted(
                        text,
                        Arrays.stream(ClusterCommand.Kind.values())
                            .map(KindConverter::label)
                            .collect(Collectors.joining(", ")))));
  }

  private static String label(ClusterCommand.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
