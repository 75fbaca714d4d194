package dev.aegis.bench.peers.host;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A program of this machine.
public record Executable(Path path) {
  private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+(\\.\\d+)?");

  /// Where servers are, although the path of a plain user does not name it.
  private static final List<String> SYSTEM = List.of("/usr/sbin", "/usr/local/sbin");

  public static Optional<Executable> find(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Arrays.stream(path.split(File.pathSeparator)), SYSTEM.stream())
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Executable::new);
  }

  /// What it prints, whatever its exit code.
  public String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(path.toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  /// The first version number in what it prints.
  public Version version(String... arguments) throws IOException, InterruptedException {
    return versionIn(run(arguments));
  }

  static Version versionIn(String text) throws IOException {
    Matcher matcher = VERSION.matcher(text);
    if (!matcher.find()) {
      throw new IOException("no version in: " + text);
    }
    return new Version(Arrays.stream(matcher.group().split("\\.")).map(Integer::parseInt).toList());
  }

  /// A version number.
  public record Version(List<Integer> parts) {
    public boolean isAtLeast(int major, int minor) {
      return parts.get(0) > major || (parts.get(0) == major && parts.get(1) >= minor);
    }

    @Override
    public String toString() {
      return String.join(".", parts.stream().map(String::valueOf).toList());
    }
  }
}
