package dev.aegis.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.gateway.admission.Quota;
import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.net.TlsEngine;
import dev.aegis.protocol.BindingPolicy;
import dev.aegis.store.audit.Retention;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
  @TempDir Path directory;

  private final Map<String, String> flags = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private @Nullable String file;

  private Configuration load() throws ConfigurationException {
    return Configuration.load(new Configuration.Inputs(file, flags, environment, directory));
  }

  private void write(String yaml) throws IOException {
    Files.writeString(directory.resolve(Configuration.FILE_NAME), yaml);
  }

  @Test
  void takesTheStrongestSourceThatNamesAValue() throws Exception {
    assertThat(source("limits.hops")).isEqualTo("16 default");
    write("limits:\n  hops: 17\n");
    assertThat(source("limits.hops")).isEqualTo("17 " + directory.resolve("aegis.yaml") + ":2");
    environment.put("AEGIS_LIMITS_HOPS", "18");
    assertThat(source("limits.hops")).isEqualTo("18 AEGIS_LIMITS_HOPS");
    flags.put("limits.hops", "19");
    assertThat(source("limits.hops")).isEqualTo("19 --limits-hops");
    assertThat(GatewayConfig.of(load()).router().limits().maxHops()).isEqualTo(19);
  }

  @Test
  void takesAnAliasOnlyWhereNothingElseNamesAValue() throws Exception {
    environment.put("DATABASE_URL", "postgres://u:p%2Bq%2F@db:5433/a?sslmode=require");
    assertThat(source("postgres.url"))
        .isEqualTo("postgres://u:***@db:5433/a?sslmode=require DATABASE_URL");
    assertThat(GatewayConfig.of(load()).postgres())
        .isEqualTo(
            new GatewayConfig.Postgres("jdbc:postgresql://db:5433/a?sslmode=require", "u", "p+q/"));
    write("postgres: {url: 'jdbc:postgresql://other/b?user=v&password=w', password: x}");
    assertThat(GatewayConfig.of(load()).postgres())
        .isEqualTo(new GatewayConfig.Postgres("jdbc:postgresql://other/b", "v", "x"));
    environment.put("AEGIS_POSTGRES_URL", "postgresql://third/c");
    assertThat(GatewayConfig.of(load()).postgres())
        .isEqualTo(new GatewayConfig.Postgres("jdbc:postgresql://third/c", "aegis", "x"));
  }

  @Test
  void anEmptyValueCountsAsNone() throws Exception {
    write("limits:\n  hops:\ntls:\n");
    environment.put("AEGIS_LIMITS_HOPS", " ");
    flags.put("limits.hops", "");
    assertThat(source("limits.hops")).isEqualTo("16 default");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "listen | 8443 | host:port, the port 0 to 65535 (0: any free one)",
        "listen | localhost:65536 | host:port, the port 0 to 65535 (0: any free one)",
        "listen | no.such.host.invalid:1 | host:port, the port 0 to 65535 (0: any free one)",
        "limits.hops | 0 | 1 to 255",
        "limits.hops | 256 | 1 to 255",
        "limits.hops | many | 1 to 255",
        "limits.hops | 99999999999999999999 | 1 to 255",
        "limits.payload-bytes | 1 | 1 KiB to 16 MiB",
        "limits.payload-bytes | 1 PiB | 1 KiB to 16 MiB",
        "limits.payload-bytes | 9999999999GiB | 1 KiB to 16 MiB",
        "limits.ttl | 10 | 1 s to 365 d",
        "limits.ttl | 366d | 1 s to 365 d",
        "network.heartbeat | soon | 100 ms to 10 min",
        "network.event-loops | 0 | auto, or 1 to 1024",
        "network.channel-binding | maybe | required, if-available or off",
        "agents.open-enrolment | yes | false or true",
        "agents.open-organization | a b | 1 to 64 letters, digits and . _ -",
        "postgres.url | mysql://x/y | postgresql://user:password@host:port/database, also as"
            + " postgres:// or jdbc:postgresql://",
        "rates.agent | 0 | messages a second, or messages a second:burst, such as 100:500",
        "rates.agent | 5:x | messages a second, or messages a second:burst, such as 100:500",
        "rates.types | chat | type=rate pairs, such as chat=100:200,task=50; a mapping in the file",
        "rates.types | a=1,a=2 | type=rate pairs, such as chat=100:200,task=50; a mapping in the"
            + " file"
      })
  void refusesABadValueAndSaysWhichWhenceAndWhatIsAllowed(
      String key, String value, String allowed) {
    environment.put(setting(key).environment(), value);
    assertThatThrownBy(this::load)
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "%s: \"%s\" from %s is not allowed; allowed: %s",
            key, value, setting(key).environment(), allowed);
  }

  @Test
  void namesEveryProblemAtOnce() throws Exception {
    write("limits:\n  hops: -1\n  hobs: 3\nlisten: [1]\n");
    flags.put("tls.key", "k.pem");
    assertThatThrownBy(this::load)
        .hasMessageContaining("aegis.yaml:2 is not allowed")
        .hasMessageContaining(
            "aegis.yaml:3 there is no setting limits.hobs; did you mean limits.hops?")
        .hasMessageContaining("aegis.yaml:4 listen must be one value, not a list or a mapping");
  }

  @Test
  void refusesAFileThatIsNoConfiguration() throws Exception {
    write("listen: 'unclosed\n");
    assertThatThrownBy(this::load).hasMessageContaining("is not YAML");
    write("- a\n- b\n");
    assertThatThrownBy(this::load).hasMessageContaining("must be a mapping of keys");
    write("listen: a:1\nlimits: {hops: 3}\nlimits: {hops: 4}\n");
    assertThatThrownBy(this::load).hasMessageContaining("limits.hops is there already");
    write("a: &loop\n  b: *loop\n");
    assertThatThrownBy(this::load).isInstanceOf(ConfigurationException.class);
    file = "elsewhere.yaml";
    assertThatThrownBy(this::load)
        .hasMessageContaining("elsewhere.yaml, named by --config")
        .hasMessageContaining("there is no file");
  }

  @Test
  void readsTheFileThatIsNamed() throws Exception {
    write("limits: {hops: 5}\n");
    Files.writeString(directory.resolve("b.yaml"), "limits: {hops: 6}\n");
    Files.writeString(directory.resolve("c.yaml"), "limits: {hops: 7}\n");
    environment.put("AEGIS_CONFIG", "b.yaml");
    assertThat(load().get(Settings.HOPS)).isEqualTo(6);
    file = "c.yaml";
    assertThat(load().get(Settings.HOPS)).isEqualTo(7);
    assertThat(load().warnings()).isEmpty();
  }

  @Test
  void refusesADedupeWindowShorterThanTheLongestLife() {
    environment.put("AEGIS_JOURNAL_DEDUPE_WINDOW", "29d");
    assertThatThrownBy(this::load)
        .hasMessage(
            "journal.dedupe-window: \"29d\" from AEGIS_JOURNAL_DEDUPE_WINDOW is too short; allowed:"
                + " at least limits.ttl, which is 30d");
  }

  @Test
  void refusesHalfOfACertificate() {
    environment.put("AEGIS_TLS_CERTIFICATE", "c.pem");
    assertThatThrownBy(this::load)
        .hasMessage(
            "tls.certificate: \"c.pem\" from AEGIS_TLS_CERTIFICATE stands alone; allowed: both"
                + " tls.certificate and tls.key, or neither");
  }

  @Test
  void neverShowsASecret() throws Exception {
    environment.put("AEGIS_POSTGRES_PASSWORD", "geheim1");
    environment.put("AEGIS_POSTGRES_URL", "postgres://u:geheim2@db/a?password=geheim3");
    Configuration configuration = load();
    assertThat(configuration.values().toString())
        .doesNotContain("geheim")
        .contains("postgres.password=***");
    assertThat(GatewayConfig.of(configuration).toString()).doesNotContain("geheim");
    environment.put("AEGIS_POSTGRES_URL", "postgres://u:geheim2@x/y@db");
    assertThatThrownBy(this::load)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("geheim"));
  }

  @Test
  void warnsOfVariablesThatLookLikeSettings() throws Exception {
    environment.put("AEGIS_LISTN", "x");
    environment.put("AEGIS_JAVA_OPTS", "-Xmx1g");
    environment.put("OTHER", "x");
    assertThat(load().warnings())
        .containsExactly("AEGIS_LISTN is not a setting and is ignored; did you mean AEGIS_LISTEN?");
  }

  @Test
  void knowsTheVariablesOfWhatItReplaces() throws Exception {
    environment.put("AGENT_API_KEY", "your_secure_api_key_here");
    environment.put("MESSAGE_QUEUE_WORKERS", "3");
    environment.put("MESSAGE_RETENTION_DAYS", "30");
    Configuration configuration = load();
    assertThat(GatewayConfig.of(configuration).rest().adminKey())
        .isEqualTo("your_secure_api_key_here");
    assertThat(configuration.values().toString()).contains("api.admin-key=***");
    assertThat(GatewayConfig.of(configuration).toString()).doesNotContain("your_secure");
    assertThat(configuration.warnings())
        .singleElement()
        .asString()
        .startsWith("MESSAGE_QUEUE_WORKERS is ignored");
    assertThat(GatewayConfig.of(configuration).journal().trail().fallback())
        .isEqualTo(Retention.DAYS_30);
    environment.put("MESSAGE_RETENTION_DAYS", "60");
    assertThatThrownBy(this::load)
        .hasMessageContaining("audit.retention")
        .hasMessageContaining("30, 90, 365 or forever");
    environment.put("MESSAGE_RETENTION_DAYS", "30");
    environment.put("AEGIS_JOURNAL_DEDUPE_WINDOW", "31d");
    assertThatThrownBy(this::load)
        .hasMessageContaining("audit.retention: \"30\"")
        .hasMessageContaining("at least journal.dedupe-window, which is 31d");
    environment.remove("AEGIS_JOURNAL_DEDUPE_WINDOW");
    environment.put("AGENT_API_KEY", "short");
    assertThatThrownBy(this::load)
        .hasMessageContaining("api.admin-key")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("short\""));
  }

  @Test
  void anAgentIsNotOfflineBeforeItIsSuspect() {
    environment.put("AEGIS_AGENTS_OFFLINE_AFTER", "30s");
    assertThatThrownBy(this::load)
        .hasMessageContaining("agents.offline-after: \"30s\"")
        .hasMessageContaining("agents.suspect-after, which is 60s");
  }

  @Test
  void buildsEveryComponentsRecord() throws Exception {
    write(
        """
        listen: 127.0.0.1:0
        management: {listen: "[::1]:9"}
        drain-time: 1min
        tls: {engine: JDK}
        postgres: {pool-size: 3, connect-timeout: 900ms}
        network: {event-loops: 7, heartbeat: 20s, channel-binding: required}
        limits: {payload-bytes: 2 MiB, ttl: 1d}
        mailbox: {messages: 11, unacknowledged-messages: 12}
        credit: {messages: 64}
        rates:
          urgent: 5
          types: {chat: 100:300, task: 50}
        quota: {messages: 10000, window: 2h}
        agents: {signing: off, open-enrolment: true, open-organization: lab}
        journal: {dedupe-window: 36h, segment-bytes: 1MiB}
        """);
    GatewayConfig config = GatewayConfig.of(load());
    assertThat(config.net().listen().getPort()).isZero();
    assertThat(config.management().getAddress().isLoopbackAddress()).isTrue();
    assertThat(config.drainTime()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.tls().engine()).isEqualTo(TlsEngine.JDK);
    assertThat(config.pool()).isEqualTo(new GatewayConfig.Pool(3, Duration.ofMillis(900)));
    assertThat(config.net().eventLoops()).isEqualTo(7);
    assertThat(config.net().heartbeat()).isEqualTo(Duration.ofSeconds(40));
    assertThat(config.router().heartbeatMillis()).isEqualTo(20_000);
    assertThat(config.net().bindingPolicy()).isEqualTo(BindingPolicy.REQUIRED);
    assertThat(config.net().limits().maxPayloadBytes()).isEqualTo(2 << 20);
    assertThat(config.router().limits()).isEqualTo(config.net().limits());
    assertThat(config.router().mailboxMessages()).isEqualTo(11);
    assertThat(config.router().mailbox().unacknowledged()).isEqualTo(12);
    assertThat(config.router().creditMessages()).isEqualTo(64);
    assertThat(config.rates().urgent()).isEqualTo(new Rate(5, 10));
    assertThat(config.rates().quota()).isEqualTo(new Quota(10_000, Duration.ofHours(2)));
    assertThat(config.rates().types())
        .isEqualTo(Map.of("chat", new Rate(100, 300), "task", new Rate(50, 100)));
    assertThat(config.agents()).isEqualTo(new GatewayConfig.Agents(false, "lab"));
    assertThat(config.journal().dedupeWindow()).isEqualTo(Duration.ofHours(36));
    assertThat(config.journal().segmentBytes()).isEqualTo(1 << 20);
  }

  /// The components' own defaults are what tests build on; the settings must not drift from them.
  @Test
  void agreesWithTheDefaultsOfTheComponents() throws Exception {
    GatewayConfig config = GatewayConfig.of(load());
    assertThat(config.net())
        .isEqualTo(dev.aegis.gateway.net.NetSettings.defaults(config.net().listen()));
    assertThat(config.router()).isEqualTo(dev.aegis.gateway.router.RouterSettings.defaults(""));
    assertThat(config.rates()).isEqualTo(dev.aegis.gateway.admission.Rates.defaults());
    assertThat(config.journal())
        .usingRecursiveComparison()
        .isEqualTo(dev.aegis.store.JournalSettings.defaults());
    assertThat(config.agents()).isEqualTo(new GatewayConfig.Agents(true, null));
    assertThat(config.postgres()).isNull();
    assertThat(config.tls().files()).isNull();
  }

  @Test
  void namesEverySettingInOneWay() {
    List<String> flagNames = Settings.all().stream().<String>map(Setting::flag).toList();
    List<String> variables = Settings.all().stream().<String>map(Setting::environment).toList();
    assertThat(flagNames).doesNotHaveDuplicates().doesNotContain("--config", "--json");
    assertThat(variables).doesNotHaveDuplicates().doesNotContain(Configuration.FILE_VARIABLE);
    assertThat(Settings.all()).allSatisfy(s -> assertThat(s.key()).matches("[a-z]+([.-][a-z]+)*"));
  }

  private String source(String key) throws ConfigurationException {
    return load().values().stream()
        .filter(value -> value.setting().key().equals(key))
        .map(value -> value.shown() + " " + value.source().name())
        .findFirst()
        .orElseThrow();
  }

  private static Setting<?> setting(String key) {
    return Settings.all().stream().filter(s -> s.key().equals(key)).findFirst().orElseThrow();
  }
}
