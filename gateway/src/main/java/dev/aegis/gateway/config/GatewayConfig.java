package dev.aegis.gateway.config;

import dev.aegis.gateway.admission.Quota;
import dev.aegis.gateway.admission.Rate;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.delivery.MailboxBounds;
import dev.aegis.gateway.delivery.RetrySettings;
import dev.aegis.gateway.net.NetSettings;
import dev.aegis.gateway.net.TlsEngine;
import dev.aegis.gateway.registry.RegistryTimes;
import dev.aegis.gateway.router.RouterSettings;
import dev.aegis.gateway.router.TopicBounds;
import dev.aegis.gateway.webhook.AddressRange;
import dev.aegis.gateway.webhook.WebhookSettings;
import dev.aegis.protocol.Limits;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.MemberSettings;
import dev.aegis.store.TrailSettings;
import dev.aegis.store.fabric.RedisSettings;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a gateway is told at start, by component. Immutable.
///
/// @param dataDir where it keeps identity, keys, certificate and the embedded database
/// @param postgres an own PostgreSQL; null for the embedded one
/// @param cluster null for a gateway alone
/// @param drainTime how long agents have to leave at the end
@RecordBuilder
public record GatewayConfig(
    Path dataDir,
    InetSocketAddress management,
    NetSettings net,
    Tls tls,
    @Nullable Postgres postgres,
    @Nullable Cluster cluster,
    Pool pool,
    RouterSettings router,
    Rates rates,
    JournalSettings journal,
    Statistics statistics,
    Agents agents,
    RegistryTimes registry,
    Rest rest,
    Duration drainTime)
    implements GatewayConfigBuilder.With {
  private static final GatewayConfig DEFAULTS = of(Configuration.defaults());

  /// JDBC URL, user and password.
  public record Postgres(String url, String user, String password) {
    @Override
    public String toString() {
      return "Postgres " + url + " as " + user;
    }
  }

  /// What makes it a node of a cluster; needs a PostgreSQL of its own.
  ///
  /// @param keys where the secrets are that all nodes share; null for the data directory
  public record Cluster(
      RedisSettings redis, String name, String node, @Nullable Path keys, MemberSettings members) {}

  /// Connections for queries, and the longest wait for one.
  public record Pool(int size, Duration connectTimeout) {}

  /// @param files null for a self-signed certificate in the data directory
  public record Tls(@Nullable TlsFiles files, TlsEngine engine) {}

  public record TlsFiles(Path certificate, Path key) {}

  /// @param signingRequired whether every message must be signed
  /// @param openOrganization where unknown agents are enrolled; null when they are turned away
  public record Agents(boolean signingRequired, @Nullable String openOrganization) {}

  /// @param counting whether messages are counted
  /// @param every how often counts are added up
  /// @param keepHours how long those by hour are kept
  /// @param keepDays how long those by day are kept
  public record Statistics(
      boolean counting, Duration every, Duration keepHours, Duration keepDays) {}

  /// @param keyRate requests of one API key
  /// @param adminKey an API key of role admin in the organization default, besides those in the
  ///   database; null for none
  /// @param webhooks how messages are posted to agents' endpoints
  public record Rest(Rate keyRate, @Nullable String adminKey, WebhookSettings webhooks) {
    @Override
    public String toString() {
      return "Rest " + keyRate + (adminKey == null ? "" : " with an admin key");
    }
  }

  /// Everything else as it is by default.
  public GatewayConfig(
      Path dataDir,
      InetSocketAddress listen,
      InetSocketAddress management,
      @Nullable Postgres postgres,
      @Nullable TlsFiles tls) {
    this(
        dataDir,
        management,
        DEFAULTS.net.withListen(listen),
        new Tls(tls, DEFAULTS.tls.engine),
        postgres,
        null,
        DEFAULTS.pool,
        DEFAULTS.router,
        DEFAULTS.rates,
        DEFAULTS.journal,
        DEFAULTS.statistics,
        DEFAULTS.agents,
        DEFAULTS.registry,
        DEFAULTS.rest,
        DEFAULTS.drainTime);
  }

  public static GatewayConfig of(Configuration from) {
    Limits limits =
        new Limits(
            Math.toIntExact(from.get(Settings.PAYLOAD_BYTES)),
            from.get(Settings.HOPS),
            from.get(Settings.TTL).toMillis(),
            from.get(Settings.UNSIGNED_MESSAGES));
    return new GatewayConfig(
        from.get(Settings.DATA_DIR),
        from.get(Settings.MANAGEMENT_LISTEN),
        net(from, limits),
        tls(from),
        postgres(from),
        cluster(from),
        new Pool(
            from.get(Settings.POSTGRES_POOL_SIZE), from.get(Settings.POSTGRES_CONNECT_TIMEOUT)),
        router(from, limits),
        rates(from),
        journal(from),
        new Statistics(
            from.get(Settings.STATISTICS_COUNTING),
            from.get(Settings.STATISTICS_EVERY),
            from.get(Settings.STATISTICS_KEEP_HOURS),
            from.get(Settings.STATISTICS_KEEP_DAYS)),
        new Agents(
            from.get(Settings.SIGNING_REQUIRED),
            from.get(Settings.OPEN_ENROLMENT) ? from.get(Settings.OPEN_ORGANIZATION) : null),
        new RegistryTimes(
            from.get(Settings.SUSPECT_AFTER),
            from.get(Settings.OFFLINE_AFTER),
            from.get(Settings.RESTART_GRACE)),
        new Rest(from.get(Settings.API_RATE), from.find(Settings.API_ADMIN_KEY), webhooks(from)),
        from.get(Settings.DRAIN_TIME));
  }

  /// Where the secrets are that all nodes share.
  public Path keys() {
    return cluster == null || cluster.keys() == null ? dataDir : cluster.keys();
  }

  private static NetSettings net(Configuration from, Limits limits) {
    int loops = from.get(Settings.EVENT_LOOPS);
    return new NetSettings(
        from.get(Settings.LISTEN),
        loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
        from.get(Settings.MAX_CONNECTIONS),
        from.get(Settings.HANDSHAKE_TIMEOUT),
        from.get(Settings.FAILURE_DELAY),
        from.get(Settings.HEARTBEAT).multipliedBy(2),
        from.get(Settings.CHANNEL_BINDING),
        limits,
        from.get(Settings.OUTBOX_MESSAGES),
        from.get(Settings.OUTBOX_BYTES));
  }

  private static Tls tls(Configuration from) {
    Path certificate = from.find(Settings.TLS_CERTIFICATE);
    Path key = from.find(Settings.TLS_KEY);
    return new Tls(
        certificate == null || key == null ? null : new TlsFiles(certificate, key),
        from.get(Settings.TLS_ENGINE));
  }

  private static @Nullable Postgres postgres(Configuration from) {
    PostgresUrl url = from.find(Settings.POSTGRES_URL);
    if (url == null) {
      return null;
    }
    String user = url.user();
    String password = url.password();
    if (user == null || from.given(Settings.POSTGRES_USER)) {
      user = from.get(Settings.POSTGRES_USER);
    }
    if (password == null || from.given(Settings.POSTGRES_PASSWORD)) {
      password = from.find(Settings.POSTGRES_PASSWORD);
    }
    return new Postgres(url.jdbc(), user, password == null ? "" : password);
  }

  private static @Nullable Cluster cluster(Configuration from) {
    RedisSettings redis = from.find(Settings.REDIS_URL);
    if (redis == null) {
      return null;
    }
    Duration silence = from.get(Settings.CLUSTER_SILENCE);
    return new Cluster(
        redis,
        from.get(Settings.CLUSTER_NAME),
        from.get(Settings.CLUSTER_NODE),
        from.find(Settings.CLUSTER_KEYS),
        new MemberSettings(silence.dividedBy(6), silence.multipliedBy(2).dividedBy(3), silence));
  }

  private static RouterSettings router(Configuration from, Limits limits) {
    RouterSettings defaults = RouterSettings.defaults("");
    return new RouterSettings(
        limits,
        new MailboxBounds(
            from.get(Settings.MAILBOX_UNACKNOWLEDGED),
            from.get(Settings.MAILBOX_UNACKNOWLEDGED_BYTES),
            defaults.mailbox().pageRows(),
            defaults.mailbox().pageBytes(),
            defaults.mailbox().retryMillis()),
        new TopicBounds(
            from.get(Settings.TOPIC_SUBSCRIPTIONS_PER_AGENT),
            from.get(Settings.TOPIC_SUBSCRIPTIONS)),
        retries(from, defaults.retries()),
        from.get(Settings.MAILBOX_HELD_BYTES),
        from.get(Settings.CREDIT_MESSAGES),
        from.get(Settings.CREDIT_BYTES),
        from.get(Settings.MAILBOX_MESSAGES),
        from.get(Settings.MAILBOX_BYTES),
        defaults.retryMillis(),
        from.get(Settings.HEARTBEAT).toMillis(),
        defaults.capabilities(),
        defaults.version());
  }

  private static RetrySettings retries(Configuration from, RetrySettings defaults) {
    long first = from.get(Settings.RETRY_FIRST).toMillis();
    return new RetrySettings(
        from.get(Settings.MAX_RETRIES),
        from.get(Settings.ACK_TIMEOUT).toMillis(),
        first,
        Math.max(first, from.get(Settings.RETRY_MAX).toMillis()),
        defaults.suspectAfter(),
        defaults.poisonAfter());
  }

  private static WebhookSettings webhooks(Configuration from) {
    List<AddressRange> allowed = from.find(Settings.WEBHOOK_ALLOWED);
    return new WebhookSettings(
        allowed == null ? List.of() : allowed,
        from.get(Settings.WEBHOOK_HTTP),
        from.get(Settings.WEBHOOK_TIMEOUT),
        from.get(Settings.WEBHOOK_CONCURRENCY),
        from.get(Settings.WEBHOOK_ENDPOINTS),
        from.get(Settings.WEBHOOK_BREAKER_PAUSE),
        from.get(Settings.RETRY_MAX),
        from.get(Settings.WEBHOOK_GRACE),
        from.get(Settings.WEBHOOK_LOG_RETENTION),
        from.find(Settings.WEBHOOK_CERTIFICATES));
  }

  private static Rates rates(Configuration from) {
    var types = from.find(Settings.RATE_TYPES);
    return new Rates(
        from.get(Settings.RATE_AGENT),
        from.get(Settings.RATE_TYPE),
        from.get(Settings.RATE_URGENT),
        types == null ? java.util.Map.of() : types,
        quota(from));
  }

  private static @Nullable Quota quota(Configuration from) {
    int messages = from.get(Settings.QUOTA_MESSAGES);
    return messages == 0 ? null : new Quota(messages, from.get(Settings.QUOTA_WINDOW));
  }

  private static JournalSettings journal(Configuration from) {
    return new JournalSettings(
        from.get(Settings.JOURNAL_QUEUE_ENTRIES),
        from.get(Settings.JOURNAL_QUEUE_BYTES),
        from.get(Settings.JOURNAL_SEGMENT_ENTRIES),
        Math.toIntExact(from.get(Settings.JOURNAL_SEGMENT_BYTES)),
        from.get(Settings.JOURNAL_LAG_SEGMENTS),
        from.get(Settings.JOURNAL_LAG_BYTES),
        from.get(Settings.JOURNAL_DEDUPE_WINDOW),
        from.get(Settings.JOURNAL_DEDUPE_ENTRIES),
        from.get(Settings.JOURNAL_COMMIT_RETRY),
        JournalSettings.defaults().probeEvery(),
        InstantSource.system(),
        new TrailSettings(
            from.get(Settings.AUDIT_MESSAGES),
            from.get(Settings.AUDIT_BEST_EFFORT),
            from.get(Settings.AUDIT_RETENTION),
            from.get(Settings.AUDIT_SIGN_INTERVAL)));
  }
}
