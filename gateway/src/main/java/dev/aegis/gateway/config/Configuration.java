package dev.aegis.gateway.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The effective value of every setting and where it came from. A flag goes before the environment,
/// that before the file, that before an alias, that before the default; an empty value counts as
/// none. Immutable.
public final class Configuration {
  /// The file that is read where none is named.
  public static final String FILE_NAME = "aegis.yaml";

  public static final String FILE_VARIABLE = "AEGIS_CONFIG";

  /// Variables of the launcher and of the commands that connect to a gateway.
  private static final Set<String> OTHER_VARIABLES =
      Set.of(FILE_VARIABLE, "AEGIS_JAVA_HOME", "AEGIS_JAVA_OPTS", "AEGIS_URL");

  /// Variables of systems that this gateway replaces which have no meaning here.
  private static final Map<String, String> NOT_OFFERED =
      new TreeMap<>(
          Map.of(
              "MESSAGE_QUEUE_WORKERS",
              "no workers fetch messages here; network.event-loops is how many threads serve"
                  + " connections"));

  private final Map<String, Value<?>> values;
  private final List<String> warnings;
  private final @Nullable Path file;

  /// The effective value of a setting.
  ///
  /// @param text as it was written, empty for none
  /// @param parsed null for none
  public record Value<T>(Setting<T> setting, String text, Source source, @Nullable T parsed) {
    /// As it may be shown.
    public String shown() {
      return setting.shown(text);
    }

    @Override
    public String toString() {
      return setting.key() + "=" + shown();
    }
  }

  /// What is said at start.
  ///
  /// @param file the configuration file that a flag names, or null
  /// @param flags by key
  /// @param directory where a file is looked for that nobody names
  public record Inputs(
      @Nullable String file,
      Map<String, String> flags,
      Map<String, String> environment,
      Path directory) {}

  private Configuration(Map<String, Value<?>> values, List<String> warnings, @Nullable Path file) {
    this.values = values;
    this.warnings = List.copyOf(warnings);
    this.file = file;
  }

  /// What holds where nothing is said.
  static Configuration defaults() {
    try {
      return load(new Inputs(null, Map.of(), Map.of(), Path.of(FILE_NAME)));
    } catch (ConfigurationException e) {
      throw new IllegalStateException("the defaults are allowed", e);
    }
  }

  /// @throws ConfigurationException naming all that is wrong
  public static Configuration load(Inputs inputs) throws ConfigurationException {
    List<String> problems = new ArrayList<>();
    Path file = file(inputs, problems);
    Map<String, ConfigurationFile.Entry> entries =
        file == null ? Map.of() : ConfigurationFile.read(file, problems);
    refuseUnknown(entries, problems);
    Map<String, Value<?>> values = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.all()) {
      values.put(setting.key(), value(setting, inputs, entries, problems));
    }
    Configuration configuration =
        new Configuration(values, unknownVariables(inputs.environment()), file);
    if (problems.isEmpty()) {
      configuration.check(problems);
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    return configuration;
  }

  /// The value of a setting that has a default.
  public <T> T get(Setting<T> setting) {
    T parsed = find(setting);
    if (parsed == null) {
      throw new IllegalStateException(setting.key() + " has no default");
    }
    return parsed;
  }

  /// The value of a setting, null where there is none.
  @SuppressWarnings("unchecked") // a value is kept under the key of its own setting
  <T> @Nullable T find(Setting<T> setting) {
    return ((Value<T>) value(setting.key())).parsed();
  }

  /// Whether somebody gave a value.
  boolean given(Setting<?> setting) {
    return value(setting.key()).source().origin() != Source.Origin.DEFAULT;
  }

  /// All of them, in the order of [Settings#all].
  public List<Value<?>> values() {
    return List.copyOf(values.values());
  }

  /// What looks like a mistake and does no harm.
  public List<String> warnings() {
    return warnings;
  }

  /// The file that was read, or null.
  public @Nullable Path file() {
    return file;
  }

  private Value<?> value(String key) {
    Value<?> value = values.get(key);
    if (value == null) {
      throw new IllegalStateException("no setting " + key);
    }
    return value;
  }

  private static @Nullable Path file(Inputs inputs, List<String> problems) {
    String flag = inputs.file();
    String named = flag == null ? inputs.environment().getOrDefault(FILE_VARIABLE, "") : flag;
    Path file = inputs.directory().resolve(named.isBlank() ? FILE_NAME : named);
    if (Files.isRegularFile(file)) {
      return file;
    }
    if (!named.isBlank()) {
      problems.add(
          "there is no file " + file + ", named by " + (flag == null ? FILE_VARIABLE : "--config"));
    }
    return null;
  }

  private static void refuseUnknown(
      Map<String, ConfigurationFile.Entry> entries, List<String> problems) {
    List<String> keys = Settings.all().stream().<String>map(Setting::key).toList();
    entries.forEach((key, entry) -> {
      boolean emptyGroup =
          entry.text().isEmpty() && keys.stream().anyMatch(known -> known.startsWith(key + "."));
      if (!keys.contains(key) && !emptyGroup) {
        problems.add(
            entry.place()
                + " there is no setting "
                + key
                + Nearest.of(key, keys).map(near -> "; did you mean " + near + "?").orElse(""));
      }
    });
  }

  private static List<String> unknownVariables(Map<String, String> environment) {
    List<String> known =
        new ArrayList<>(Settings.all().stream().<String>map(Setting::environment).toList());
    known.addAll(OTHER_VARIABLES);
    List<String> warnings = new ArrayList<>();
    NOT_OFFERED.forEach((name, why) -> {
      if (!environment.getOrDefault(name, "").isBlank()) {
        warnings.add(name + " is ignored: " + why);
      }
    });
    for (String name : new TreeSet<>(environment.keySet())) {
      if (name.startsWith("AEGIS_") && !known.contains(name)) {
        warnings.add(
            name
                + " is not a setting and is ignored"
                + Nearest.of(name, known).map(near -> "; did you mean " + near + "?").orElse(""));
      }
    }
    return warnings;
  }

  private static <T> Value<T> value(
      Setting<T> setting,
      Inputs inputs,
      Map<String, ConfigurationFile.Entry> entries,
      List<String> problems) {
    String text = inputs.flags().getOrDefault(setting.key(), "");
    Source source = new Source(Source.Origin.FLAG, setting.flag());
    if (text.isBlank()) {
      text = inputs.environment().getOrDefault(setting.environment(), "");
      source = new Source(Source.Origin.ENVIRONMENT, setting.environment());
    }
    ConfigurationFile.Entry entry = entries.get(setting.key());
    if (text.isBlank() && entry != null) {
      text = entry.text();
      source = new Source(Source.Origin.FILE, entry.place());
    }
    for (String alias : setting.aliases()) {
      if (text.isBlank()) {
        text = inputs.environment().getOrDefault(alias, "");
        source = new Source(Source.Origin.ALIAS, alias);
      }
    }
    if (text.isBlank()) {
      text = setting.fallback();
      source = Source.DEFAULT;
    }
    return parse(setting, text.strip(), source, problems);
  }

  private static <T> Value<T> parse(
      Setting<T> setting, String text, Source source, List<String> problems) {
    if (text.isEmpty()) {
      return new Value<>(setting, text, source, null);
    }
    try {
      return new Value<>(setting, text, source, setting.kind().parser().parse(text));
    } catch (IllegalArgumentException | ArithmeticException e) {
      problems.add(
          setting.key()
              + ": \""
              + setting.shown(text)
              + "\" from "
              + source.name()
              + " is not allowed; allowed: "
              + setting.allowed());
      return new Value<>(setting, text, source, null);
    }
  }

  private void check(List<String> problems) {
    if (given(Settings.REDIS_URL) && !given(Settings.POSTGRES_URL)) {
      Value<?> redis = value(Settings.REDIS_URL.key());
      problems.add(
          redis.setting().key()
              + ": \""
              + redis.shown()
              + "\" from "
              + redis.source().name()
              + " stands alone; allowed: with postgres.url, the database that all nodes share");
    }
    if (given(Settings.TLS_CERTIFICATE) != given(Settings.TLS_KEY)) {
      Value<?> half =
          value((given(Settings.TLS_KEY) ? Settings.TLS_KEY : Settings.TLS_CERTIFICATE).key());
      problems.add(
          half.setting().key()
              + ": \""
              + half.shown()
              + "\" from "
              + half.source().name()
              + " stands alone; allowed: both tls.certificate and tls.key, or neither");
    }
    if (get(Settings.OFFLINE_AFTER).compareTo(get(Settings.SUSPECT_AFTER)) < 0) {
      Value<?> offline = value(Settings.OFFLINE_AFTER.key());
      problems.add(
          offline.setting().key()
              + ": \""
              + offline.shown()
              + "\" from "
              + offline.source().name()
              + " is too short; allowed: at least agents.suspect-after, which is "
              + value(Settings.SUSPECT_AFTER.key()).shown());
    }
    Duration kept = get(Settings.AUDIT_RETENTION).time();
    if (kept != null && kept.compareTo(get(Settings.JOURNAL_DEDUPE_WINDOW)) < 0) {
      Value<?> retention = value(Settings.AUDIT_RETENTION.key());
      problems.add(
          retention.setting().key()
              + ": \""
              + retention.shown()
              + "\" from "
              + retention.source().name()
              + " is too short; allowed: at least journal.dedupe-window, which is "
              + value(Settings.JOURNAL_DEDUPE_WINDOW.key()).shown());
    }
    if (get(Settings.JOURNAL_DEDUPE_WINDOW).compareTo(get(Settings.TTL)) < 0) {
      Value<?> window = value(Settings.JOURNAL_DEDUPE_WINDOW.key());
      problems.add(
          window.setting().key()
              + ": \""
              + window.shown()
              + "\" from "
              + window.source().name()
              + " is too short; allowed: at least limits.ttl, which is "
              + value(Settings.TTL.key()).shown());
    }
  }
}
