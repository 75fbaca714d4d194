package dev.aegis.gateway.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.net.TlsEngine;
import dev.aegis.gateway.webhook.AddressRange;
import dev.aegis.protocol.BindingPolicy;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.fabric.RedisSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything that can be configured.
public final class Settings {
  private static final List<Setting<?>> ALL = new ArrayList<>();
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  public static final Setting<InetSocketAddress> LISTEN =
      add("listen", Kinds.ADDRESS, "0.0.0.0:8443", "Where agents and REST clients connect (TLS)");
  public static final Setting<Path> DATA_DIR =
      add(
          "data-dir",
          Kinds.PATH,
          "aegis-data",
          "Where identity, keys, certificate and the embedded database are kept");
  public static final Setting<InetSocketAddress> MANAGEMENT_LISTEN =
      add(
          "management.listen",
          Kinds.ADDRESS,
          "127.0.0.1:8081",
          "Status, metrics, probes and enrolment, without TLS: keep it on loopback");
  public static final Setting<String> LOG_LEVEL =
      add(
          "log.level",
          Kinds.choice(same("error", "warn", "info", "debug", "trace")),
          "info",
          "What is logged to standard error");
  public static final Setting<Duration> DRAIN_TIME =
      add(
          "drain-time",
          Kinds.time(ofMillis(0), ofMinutes(10)),
          "2s",
          "How long agents have to leave when the gateway stops");

  static final Setting<Path> TLS_CERTIFICATE =
      add(
          "tls.certificate",
          Kinds.PATH,
          "",
          "PEM certificate chain, read again when it changes; none: self-signed and kept");
  static final Setting<Path> TLS_KEY =
      add("tls.key", Kinds.PATH, "", "PEM private key of tls.certificate");
  static final Setting<TlsEngine> TLS_ENGINE =
      add(
          "tls.engine",
          Kinds.choice(
              ordered("auto", TlsEngine.AUTO, "openssl", TlsEngine.OPENSSL, "jdk", TlsEngine.JDK)),
          "auto",
          "What encrypts; auto is openssl where its library loads");

  static final Setting<PostgresUrl> POSTGRES_URL =
      register(
          Setting.of(
                  "postgres.url",
                  PostgresUrl.KIND,
                  "",
                  "A PostgreSQL database of your own; none: the embedded server")
              .withAliases("DATABASE_URL"));
  static final Setting<String> POSTGRES_USER =
      add("postgres.user", Kinds.TEXT, "aegis", "Its user; goes before one in the URL");
  static final Setting<String> POSTGRES_PASSWORD =
      register(
          Setting.of(
                  "postgres.password", Kinds.TEXT, "", "Its password; goes before one in the URL")
              .asSecret());
  static final Setting<Integer> POSTGRES_POOL_SIZE =
      add(
          "postgres.pool-size",
          Kinds.number(2, 48),
          "8",
          "Connections for queries; the journal has three more");
  static final Setting<Duration> POSTGRES_CONNECT_TIMEOUT =
      add(
          "postgres.connect-timeout",
          Kinds.time(ofMillis(250), ofMinutes(2)),
          "5s",
          "Longest wait for a connection");

  static final Setting<RedisSettings> REDIS_URL =
      register(
          Setting.of(
                  "redis.url",
                  new Kind<>(
                      "redis://[user:password@]host[:port][/database], or rediss:// over TLS,"
                          + " redis-sentinel://host,host…#master, redis-cluster://host,host…",
                      RedisSettings::of,
                      url -> url.replaceFirst("//.*@", "//***@")),
                  "",
                  "Makes this gateway a node of a cluster, which this Redis connects; needs"
                      + " postgres.url, which all nodes share; none: a gateway alone")
              .withAliases("REDIS_URL"));
  static final Setting<String> CLUSTER_NAME =
      add("cluster.name", Kinds.CLUSTER, "aegis", "Tells clusters apart that share a Redis");
  static final Setting<String> CLUSTER_NODE =
      add("cluster.node", Kinds.NAME, "node", "What people call this node");
  static final Setting<Path> CLUSTER_KEYS =
      add(
          "cluster.keys",
          Kinds.PATH,
          "",
          "A directory with gateway.key, storage.keyset and cluster.id, which must be the same for"
              + " all nodes; made where they are missing; none: data-dir");
  static final Setting<Duration> CLUSTER_SILENCE =
      add(
          "cluster.silence",
          Kinds.time(ofMillis(500), ofMinutes(10)),
          "6s",
          "How long nothing must be heard of a node before others take over what it has");

  static final Setting<Integer> EVENT_LOOPS =
      add(
          "network.event-loops",
          Kinds.numberOr("auto", 0, 1, 1_024),
          "auto",
          "Threads that serve connections; auto is one for each processor");
  static final Setting<Integer> MAX_CONNECTIONS =
      add(
          "network.max-connections",
          Kinds.number(1, 10_000_000),
          "100000",
          "More are closed at once");
  static final Setting<Duration> HANDSHAKE_TIMEOUT =
      add(
          "network.handshake-timeout",
          Kinds.time(ofMillis(100), ofMinutes(1)),
          "10s",
          "From the upgrade to the end of the handshake");
  static final Setting<Duration> FAILURE_DELAY =
      add(
          "network.failure-delay",
          Kinds.time(ofMillis(0), ofSeconds(10)),
          "250ms",
          "From a message that fails the handshake to the close");
  static final Setting<Duration> HEARTBEAT =
      add(
          "network.heartbeat",
          Kinds.time(ofMillis(100), ofMinutes(10)),
          "15s",
          "What agents are told to keep; silence of twice that is answered with a ping");
  static final Setting<BindingPolicy> CHANNEL_BINDING =
      add(
          "network.channel-binding",
          Kinds.choice(
              ordered(
                  "required",
                  BindingPolicy.REQUIRED,
                  "if-available",
                  BindingPolicy.IF_AVAILABLE,
                  "off",
                  BindingPolicy.OFF)),
          "if-available",
          "Whether a handshake is bound to its TLS connection; off where TLS ends at a proxy");
  static final Setting<Integer> OUTBOX_MESSAGES =
      add(
          "network.outbox-messages",
          Kinds.number(64, 1_000_000),
          "8192",
          "Most envelopes waiting for one slow agent");
  static final Setting<Long> OUTBOX_BYTES =
      add(
          "network.outbox-bytes",
          Kinds.size(64 * KIB, GIB),
          "32MiB",
          "Most bytes waiting for one slow agent");

  static final Setting<Long> PAYLOAD_BYTES =
      add(
          "limits.payload-bytes",
          Kinds.size(KIB, 16 * MIB),
          "1MiB",
          "Largest payload of a message");
  static final Setting<Integer> HOPS =
      add("limits.hops", Kinds.number(1, 255), "16", "Most agents a piece of work may pass");
  static final Setting<Duration> TTL =
      add("limits.ttl", Kinds.time(ofSeconds(1), ofDays(365)), "30d", "Longest life of a message");
  static final Setting<Integer> UNSIGNED_MESSAGES =
      add(
          "limits.unsigned-messages",
          Kinds.number(256, 65_536),
          "1024",
          "Most messages one signature may cover");

  static final Setting<Integer> MAILBOX_MESSAGES =
      add(
          "mailbox.messages",
          Kinds.number(1, 100_000_000),
          "100000",
          "Most open messages of one recipient; more are refused");
  static final Setting<Long> MAILBOX_BYTES =
      add(
          "mailbox.bytes",
          Kinds.size(MIB, 1_024 * GIB),
          "256MiB",
          "Most open bytes of one recipient; more are refused");
  static final Setting<Integer> MAILBOX_UNACKNOWLEDGED =
      add(
          "mailbox.unacknowledged-messages",
          Kinds.number(1, 65_536),
          "8192",
          "Most messages delivered to one agent and not acknowledged");
  static final Setting<Long> MAILBOX_UNACKNOWLEDGED_BYTES =
      add(
          "mailbox.unacknowledged-bytes",
          Kinds.size(64 * KIB, GIB),
          "8MiB",
          "Most bytes delivered to one agent and not acknowledged; as many may wait in memory");
  static final Setting<Long> MAILBOX_HELD_BYTES =
      add(
          "mailbox.held-bytes",
          Kinds.size(0, 64 * GIB),
          "128MiB",
          "Most bytes of stored messages that wait in memory for room, all agents together");

  static final Setting<Integer> TOPIC_SUBSCRIPTIONS_PER_AGENT =
      add(
          "topics.subscriptions-per-agent",
          Kinds.number(1, 4_096),
          "256",
          "Most subscriptions of one agent; more are refused");
  static final Setting<Integer> TOPIC_SUBSCRIPTIONS =
      add(
          "topics.subscriptions",
          Kinds.number(1, 10_000_000),
          "100000",
          "Most subscriptions of all agents together; more are refused");

  static final Setting<Integer> MAX_RETRIES =
      add(
          "delivery.max-retries",
          Kinds.number(0, 1_000),
          "5",
          "Failures after which a message is tried again, where it does not say; then it is dead");
  static final Setting<Duration> ACK_TIMEOUT =
      add(
          "delivery.ack-timeout",
          Kinds.time(ofSeconds(1), ofDays(1)),
          "2m",
          "How long an agent may say nothing about a message it was sent");
  static final Setting<Duration> RETRY_FIRST =
      add(
          "delivery.retry-delay",
          Kinds.time(ofMillis(1), ofHours(1)),
          "1s",
          "Pause after the first failure; it doubles with each");
  static final Setting<Duration> RETRY_MAX =
      add(
          "delivery.retry-delay-max",
          Kinds.time(ofMillis(1), ofDays(1)),
          "5m",
          "The longest pause between attempts");

  static final Setting<Integer> CREDIT_MESSAGES =
      add(
          "credit.messages",
          Kinds.number(16, 1_000_000),
          "8192",
          "Messages an agent may have under way at once");
  static final Setting<Long> CREDIT_BYTES =
      add(
          "credit.bytes",
          Kinds.size(64 * KIB, GIB),
          "16MiB",
          "Bytes an agent may have under way at once");

  static final Setting<Rate> RATE_AGENT =
      add(
          "rates.agent",
          Kinds.RATE,
          "50000:100000",
          "Messages of class normal and low of one agent");
  static final Setting<Rate> RATE_TYPE =
      add("rates.type", Kinds.RATE, "50000:100000", "Those of one type of one agent");
  static final Setting<Map<String, Rate>> RATE_TYPES =
      add("rates.types", Kinds.RATES, "", "Types with a rate of their own instead of rates.type");
  static final Setting<Rate> RATE_URGENT =
      add(
          "rates.urgent",
          Kinds.RATE,
          "20000:40000",
          "Messages of class critical and high of one agent; no other rate or quota limits them");
  static final Setting<Integer> QUOTA_MESSAGES =
      add(
          "quota.messages",
          Kinds.numberOr("off", 0, 1, 1_000_000_000),
          "off",
          "Most messages of class normal and low of one agent within any quota.window");
  static final Setting<Duration> QUOTA_WINDOW =
      add(
          "quota.window",
          Kinds.time(ofSeconds(1), ofDays(30)),
          "1h",
          "What the quota counts over; it slides");

  static final Setting<Boolean> SIGNING_REQUIRED =
      add(
          "agents.signing",
          Kinds.choice(ordered("required", true, "off", false)),
          "required",
          "Whether every message must be covered by its sender's signature");
  static final Setting<Boolean> OPEN_ENROLMENT =
      add(
          "agents.open-enrolment",
          Kinds.SWITCH,
          "false",
          "Enrols whoever comes under a free name: for trusted networks only");
  static final Setting<String> OPEN_ORGANIZATION =
      add(
          "agents.open-organization",
          Kinds.NAME,
          "default",
          "Where agents go that enrol themselves openly");

  static final Setting<Duration> SUSPECT_AFTER =
      add(
          "agents.suspect-after",
          Kinds.time(ofSeconds(1), ofDays(1)),
          "60s",
          "How long after its last heartbeat an agent that is not connected counts as healthy");
  static final Setting<Duration> OFFLINE_AFTER =
      add(
          "agents.offline-after",
          Kinds.time(ofSeconds(1), ofDays(7)),
          "5m",
          "How long after its last sign of life it counts as suspect, and offline then; at least"
              + " agents.suspect-after");
  static final Setting<Duration> RESTART_GRACE =
      add(
          "agents.restart-grace",
          Kinds.time(ofMillis(0), ofDays(1)),
          "2m",
          "How long agents that were there when a gateway ended count as suspect, not offline");

  static final Setting<Rate> API_RATE =
      add(
          "api.rate",
          Kinds.RATE,
          "10000:20000",
          "Requests of one API key at one node, where the key has no rate of its own; as rates of"
              + " messages are written");
  static final Setting<String> API_ADMIN_KEY =
      register(
          Setting.of(
                  "api.admin-key",
                  Kinds.KEY,
                  "",
                  "An API key with the role admin in the organization default, besides those that"
                      + " were issued")
              .asSecret()
              .withAliases("AGENT_API_KEY"));

  static final Setting<List<AddressRange>> WEBHOOK_ALLOWED =
      add(
          "webhooks.allow",
          Kinds.ADDRESS_RANGES,
          "",
          "Addresses that messages are posted to although they are loopback, private, link-local or"
              + " otherwise not public");
  static final Setting<Boolean> WEBHOOK_HTTP =
      add(
          "webhooks.allow-http",
          Kinds.SWITCH,
          "false",
          "Whether agents may have endpoints without TLS");
  static final Setting<Path> WEBHOOK_CERTIFICATES =
      add(
          "webhooks.certificates",
          Kinds.PATH,
          "",
          "PEM certificates that endpoints' are verified with, besides the platform's");
  static final Setting<Duration> WEBHOOK_TIMEOUT =
      add(
          "webhooks.timeout",
          Kinds.time(ofMillis(100), ofMinutes(10)),
          "30s",
          "The longest time a request to an endpoint may take; never more than nine tenths of"
              + " delivery.ack-timeout, or of the message's own timeout");
  static final Setting<Integer> WEBHOOK_CONCURRENCY =
      add(
          "webhooks.concurrency",
          Kinds.number(1, 64),
          "8",
          "Requests to one endpoint at a time, where it does not say");
  static final Setting<Integer> WEBHOOK_ENDPOINTS =
      add(
          "webhooks.endpoints",
          Kinds.number(1, 4_096),
          "256",
          "Endpoints that one node posts to at a time; the others wait for their turn");
  static final Setting<Duration> WEBHOOK_BREAKER_PAUSE =
      add(
          "webhooks.breaker-pause",
          Kinds.time(ofMillis(100), ofMinutes(5)),
          "10s",
          "How long nothing is posted to a host after five failures in a row; it doubles while they"
              + " go on, up to five minutes");
  static final Setting<Duration> WEBHOOK_GRACE =
      add(
          "webhooks.grace",
          Kinds.time(ofMillis(0), ofHours(1)),
          "10s",
          "How long an agent is left to come back by itself: after its last connection or poll,"
              + " after a start of the gateway, and where its mailbox has come from another node");
  static final Setting<Duration> WEBHOOK_LOG_RETENTION =
      add(
          "webhooks.log-retention",
          Kinds.time(ofMinutes(1), ofDays(365)),
          "7d",
          "How long attempts to post messages are kept for people to look at");
  static final Setting<Boolean> AUDIT_MESSAGES =
      add(
          "audit.messages",
          Kinds.SWITCH,
          "true",
          "Whether the audit trail has durable messages and what becomes of them; sessions and what"
              + " admins do are always in it");
  static final Setting<Boolean> AUDIT_BEST_EFFORT =
      add(
          "audit.best-effort",
          Kinds.SWITCH,
          "false",
          "Whether the audit trail has best-effort messages, too: that each was passed on. What it has no"
              + " room for, because the database is away or too slow, is refused. Costs what the trail"
              + " of durable messages costs, 60 to 100 bytes each in PostgreSQL, for messages that"
              + " otherwise never get there");
  static final Setting<Retention> AUDIT_RETENTION =
      register(
          Setting.of(
                  "audit.retention",
                  Kinds.choice(
                      ordered(
                          "30",
                          Retention.DAYS_30,
                          "90",
                          Retention.DAYS_90,
                          "365",
                          Retention.DAYS_365,
                          "forever",
                          Retention.FOREVER)),
                  "forever",
                  "Days that settled messages and the audit trail are kept, where an organization"
                      + " does not say; not less than journal.dedupe-window")
              .withAliases("MESSAGE_RETENTION_DAYS"));
  static final Setting<Duration> AUDIT_SIGN_INTERVAL =
      add(
          "audit.sign-interval",
          Kinds.time(ofSeconds(1), ofHours(1)),
          "1m",
          "How often the gateway signs for what the audit trail has come to");

  static final Setting<Boolean> STATISTICS_COUNTING =
      add(
          "statistics.counting",
          Kinds.choice(ordered("on", true, "off", false)),
          "on",
          "Whether messages are counted for statistics; what is stored while it is off never is");
  static final Setting<Duration> STATISTICS_EVERY =
      add(
          "statistics.every",
          Kinds.time(ofMillis(100), ofMinutes(10)),
          "5s",
          "How often counts are added up: how far behind statistics are at most, but for a few"
              + " seconds");
  static final Setting<Duration> STATISTICS_KEEP_HOURS =
      add(
          "statistics.keep-hours",
          Kinds.time(ofDays(1), ofDays(3_650)),
          "35d",
          "How long statistics by hour are kept");
  static final Setting<Duration> STATISTICS_KEEP_DAYS =
      add(
          "statistics.keep-days",
          Kinds.time(ofDays(1), ofDays(3_650)),
          "400d",
          "How long statistics by day are kept");

  static final Setting<Integer> JOURNAL_QUEUE_ENTRIES =
      add(
          "journal.queue-entries",
          Kinds.number(64, 1 << 22),
          "65536",
          "Most entries of one class waiting for a commit; more are refused");
  static final Setting<Long> JOURNAL_QUEUE_BYTES =
      add(
          "journal.queue-bytes",
          Kinds.size(MIB, 4 * GIB),
          "64MiB",
          "Most bytes waiting for a commit; more are refused");
  static final Setting<Integer> JOURNAL_SEGMENT_ENTRIES =
      add(
          "journal.segment-entries",
          Kinds.number(4, 1 << 20),
          "8192",
          "Most entries of one commit");
  static final Setting<Long> JOURNAL_SEGMENT_BYTES =
      add("journal.segment-bytes", Kinds.size(64 * KIB, 64 * MIB), "4MiB", "Size of one commit");
  static final Setting<Integer> JOURNAL_LAG_SEGMENTS =
      add(
          "journal.lag-segments",
          Kinds.number(2, 65_536),
          "1024",
          "Most commits whose rows are not written yet; then no more messages are taken");
  static final Setting<Long> JOURNAL_LAG_BYTES =
      add(
          "journal.lag-bytes",
          Kinds.size(MIB, 4 * GIB),
          "128MiB",
          "Most committed bytes whose rows are not written yet; then no more messages are taken");
  static final Setting<Duration> JOURNAL_DEDUPE_WINDOW =
      add(
          "journal.dedupe-window",
          Kinds.time(ofSeconds(1), ofDays(365)),
          "30d",
          "How long a repeated message id is recognised; at least limits.ttl");
  static final Setting<Integer> JOURNAL_DEDUPE_ENTRIES =
      add(
          "journal.dedupe-entries",
          Kinds.number(64, 100_000_000),
          "500000",
          "How many message ids are remembered; older ones are looked up in the database");
  static final Setting<Duration> JOURNAL_COMMIT_RETRY =
      add(
          "journal.commit-retry",
          Kinds.time(ofMillis(0), ofMinutes(5)),
          "5s",
          "How long a failed commit is tried again before its messages are refused");

  private Settings() {}

  /// All of them, in the order of the documentation.
  public static List<Setting<?>> all() {
    return Collections.unmodifiableList(ALL);
  }

  private static <T> Setting<T> add(String key, Kind<T> kind, String fallback, String description) {
    return register(Setting.of(key, kind, fallback, description));
  }

  private static <T> Setting<T> register(Setting<T> setting) {
    ALL.add(setting);
    return setting;
  }

  private static Map<String, String> same(String... words) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String word : words) {
      map.put(word, word);
    }
    return map;
  }

  private static <T> Map<String, T> ordered(String w1, T v1, String w2, T v2) {
    Map<String, T> map = new LinkedHashMap<>();
    map.put(w1, v1);
    map.put(w2, v2);
    return map;
  }

  private static <T> Map<String, T> ordered(String w1, T v1, String w2, T v2, String w3, T v3) {
    Map<String, T> map = ordered(w1, v1, w2, v2);
    map.put(w3, v3);
    return map;
  }

  private static <T> Map<String, T> ordered(
      String w1, T v1, String w2, T v2, String w3, T v3, String w4, T v4) {
    Map<String, T> map = ordered(w1, v1, w2, v2, w3, v3);
    map.put(w4, v4);
    return map;
  }
}
