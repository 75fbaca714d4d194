package dev.aegis.gateway;

import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.StorageCipher;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.SharedUsage;
import dev.aegis.gateway.cluster.Node;
import dev.aegis.gateway.cluster.NodeInbox;
import dev.aegis.gateway.config.DataDirectory;
import dev.aegis.gateway.config.GatewayConfig;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.http.AuditResource;
import dev.aegis.gateway.http.Idempotency;
import dev.aegis.gateway.http.KeyCheck;
import dev.aegis.gateway.http.ManagementApi;
import dev.aegis.gateway.http.ManagementServer;
import dev.aegis.gateway.http.RestApi;
import dev.aegis.gateway.http.WebhookView;
import dev.aegis.gateway.net.GatewayServer;
import dev.aegis.gateway.net.NetCounters;
import dev.aegis.gateway.net.TlsContext;
import dev.aegis.gateway.net.Transport;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.registry.AbleAgents;
import dev.aegis.gateway.registry.AccessRules;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.gateway.registry.RegistryFeed;
import dev.aegis.gateway.router.GatewayCounters;
import dev.aegis.gateway.router.JournalReports;
import dev.aegis.gateway.router.MovingOn;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Connected;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.gateway.telemetry.GatewayMetrics;
import dev.aegis.gateway.telemetry.GatewayStatus;
import dev.aegis.gateway.telemetry.Inventory;
import dev.aegis.gateway.telemetry.RestMetrics;
import dev.aegis.gateway.telemetry.StepHistograms;
import dev.aegis.gateway.webhook.Webhooks;
import dev.aegis.protocol.ServerHandshake;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.AccessRuleStore;
import dev.aegis.store.AgentStore;
import dev.aegis.store.ApiKeyStore;
import dev.aegis.store.BestEffortTrail;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.ConnectionStore;
import dev.aegis.store.Database;
import dev.aegis.store.Erasure;
import dev.aegis.store.EventTrail;
import dev.aegis.store.HeartbeatStore;
import dev.aegis.store.HoldingsStore;
import dev.aegis.store.IdempotencyStore;
import dev.aegis.store.Journal;
import dev.aegis.store.JournalSettings;
import dev.aegis.store.PostgresJournal;
import dev.aegis.store.PostgresMessageStore;
import dev.aegis.store.PostgresSubscriptionStore;
import dev.aegis.store.RegistryStore;
import dev.aegis.store.ResultStore;
import dev.aegis.store.RetentionStore;
import dev.aegis.store.StatisticsRollup;
import dev.aegis.store.StatisticsStore;
import dev.aegis.store.StoreException;
import dev.aegis.store.TrailPartitions;
import dev.aegis.store.TrailQueue;
import dev.aegis.store.TrailReader;
import dev.aegis.store.TrailSettings;
import dev.aegis.store.WebhookLogStore;
import dev.aegis.store.WebhookStore;
import dev.aegis.store.fabric.FabricLimits;
import dev.aegis.store.fabric.FabricNode;
import dev.aegis.store.fabric.RedisFabric;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A whole gateway in this process: what it is made of, in the order in which it starts; it stops
/// in the reverse order.
public final class Gateway implements AutoCloseable {
  public static final String VERSION = "0.1.0";

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);
  private static final int MAX_RATED = 131_072;
  private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);
  private static final Duration POLL_IDLE = Duration.ofMinutes(1);
  private static final int STARTS = 3;

  private final Parts parts = new Parts();
  private final Map<String, Object> constants = new LinkedHashMap<>();
  private final NodeInbox fromNodes;
  private final VerifyingKey publicKey;
  private final Duration drainTime;
  private final GatewayServer server;
  private final ManagementServer management;
  private final Router router;
  private final MovingOn movingOn;
  private final GatewayStatus status;

  /// Starts a gateway; it is ready when this returns. Where its embedded database goes away
  /// meanwhile, or another node of its cluster finds it silent and takes over, everything is
  /// stopped and started anew, a few times.
  ///
  /// @throws IOException a file or an address; the message says which
  /// @throws StoreException the database
  public static Gateway start(GatewayConfig config) throws IOException {
    return start(config, Clock.systemUTC());
  }

  /// As above, by another clock.
  ///
  /// @param clock of all times that are stored, shown or compared with such; pauses and deadlines
  ///   of a running gateway do not follow it
  public static Gateway start(GatewayConfig config, Clock clock) throws IOException {
    GatewayConfig timed = config.withJournal(config.journal().withClock(clock));
    for (int start = 1; ; start++) {
      NodeInbox fromNodes = new NodeInbox();
      try {
        return new Gateway(timed, clock, fromNodes);
      } catch (StoreException e) {
        boolean taken = config.cluster() != null && (fromNodes.isFenced() || e.takenOver());
        if (taken && start < STARTS) {
          log.warn("taken over while it started, everything starts anew: {}", e.getMessage());
          continue;
        }
        if (config.postgres() != null || !(e instanceof StoreException.Unavailable)) {
          throw e;
        }
        if (start == STARTS) {
          throw new StoreException.Unavailable(
              "the embedded PostgreSQL did not last through any of %d starts, see %s; the last one: %s"
                  .formatted(
                      STARTS, config.dataDir().resolve("postgres/postgres.log"), e.getMessage()),
              e);
        }
        log.warn("the embedded PostgreSQL went away, everything starts anew: {}", e.getMessage());
      }
    }
  }

  private Gateway(GatewayConfig config, Clock clock, NodeInbox fromNodes) throws IOException {
    boolean started = false;
    this.fromNodes = fromNodes;
    drainTime = config.drainTime();
    try {
      SecureRandom random = new SecureRandom();
      Primitives primitives = Primitives.select();
      GatewayConfig.Cluster cluster = config.cluster();
      DataDirectory data = part(DataDirectory.open(config.dataDir(), config.keys(), random));
      SigningKey identity = data.identity(primitives);
      publicKey = identity.verifyingKey();
      StorageCipher cipher = data.storageCipher();
      TlsContext tls = part(tls(config.tls(), data, clock.instant()));

      Database database = GatewayDatabase.open(config, data, cipher, parts);
      new TrailPartitions(database).maintain(clock.millis()); // before anything is written there
      AgentStore agents = new AgentStore(database, clock, random);
      ApiKeyStore keys = new ApiKeyStore(database, clock, random);
      Dispatchers dispatchers = new Dispatchers(LaneBounds.defaults());
      PrometheusMeterRegistry registry = GatewayMetrics.registry();
      StepHistograms times = new StepHistograms(registry.getPrometheusRegistry());
      JournalReports reports = new JournalReports(dispatchers, new GatewayCounters(times), clock);
      RateLimiter rates;
      Node node;
      if (cluster == null) {
        rates = new RateLimiter(config.rates(), MAX_RATED);
        node = Node.alone(part(PostgresJournal.open(database, cipher, config.journal(), reports)));
      } else {
        SharedUsage used = new SharedUsage(config.rates(), MAX_RATED);
        rates = used.limiter();
        node =
            Node.member(
                part(openCluster(database, cipher, config.journal(), cluster, reports, fromNodes)),
                fromNodes,
                used,
                agents);
      }
      part(node);
      Journal journal = node.journal();
      PostgresMessageStore messages = new PostgresMessageStore(database, cipher, node.here());
      TrailSettings trailSettings = config.journal().trail();
      EventTrail audit = part(EventTrail.start(database, trailSettings, clock));
      TrailQueue passedOn = new TrailQueue();
      if (trailSettings.bestEffort()) {
        part(BestEffortTrail.start(database, passedOn, trailSettings, clock));
      }
      RetentionStore retention = new RetentionStore(database, trailSettings.fallback());
      AuditResource.Store trail =
          new AuditResource.Store(
              new TrailReader(database),
              retention,
              config.journal().dedupeWindow(),
              new Erasure(database, clock),
              audit,
              messages::awaitWritten);
      part(AuditKeeping.start(database, retention, identity, trailSettings.signEvery(), clock));
      Uuid7 ids = new Uuid7(clock, random);
      router =
          new Router(
              config.router().withVersion(VERSION),
              reports,
              journal,
              messages,
              agents::find,
              audit::action,
              trailSettings.bestEffort() ? passedOn : null,
              rates,
              ids,
              Thread::startVirtualThread,
              new PostgresSubscriptionStore(database, clock),
              node.others(),
              node.topics(),
              clock,
              System::nanoTime);
      part(router.startSweeper(SWEEP_EVERY));
      ConnectionStore connections = new ConnectionStore(database);
      connections.closeLost(); // whoever was connected when a run ended is not any more
      ConnectionLog connectionLog = part(new ConnectionLog(connections, clock));
      SessionTrail sessionTrail = new SessionTrail(audit);
      Sessions sessions = new Sessions(clock);
      node.open(router, sessions);
      Connected connected =
          new Connected(sessions, cluster == null ? _ -> List.of() : connections::activeElsewhere);
      NetCounters counters = new NetCounters();
      Idempotency idempotency = new Idempotency(new IdempotencyStore(database, cipher, clock), ids);
      part(Periodic.start("aegis-idempotency", Duration.ofMinutes(1), idempotency::purge));
      ResultStore results = new ResultStore(database, cipher);
      StatisticsStore statistics = new StatisticsStore(database);
      startStatistics(config.statistics(), database, clock);
      PollSessions polls =
          part(
              new PollSessions(
                  sessions,
                  new ObservedSessions(router, List.of(sessionTrail)),
                  POLL_IDLE,
                  clock,
                  random));
      RegistryFeed feed =
          new RegistryFeed(
              Long.toUnsignedString(random.nextLong(), Character.MAX_RADIX),
              System::nanoTime,
              event -> {
                node.others().registryChanged(event.encode());
                router.announce(event.organization(), event.message(ids, clock));
              });
      CapabilityStore able = new CapabilityStore(database, cipher, clock);
      Registry agentRegistry =
          part(
              new Registry(
                  new RegistryStore(database, clock),
                  agents,
                  new HeartbeatStore(database),
                  connections,
                  able,
                  router,
                  sessions,
                  config.registry(),
                  feed,
                  clock));
      part(Periodic.start("aegis-registry", Duration.ofSeconds(1), agentRegistry::tick));
      movingOn = part(router.startMovingOn(able, agentRegistry::liveTimes));
      part(new AbleAgents(agentRegistry, router.capabilities(), cluster != null, movingOn::wake));
      connectionLog.follow(agentRegistry::connected);
      fromNodes.onRegistryChange(feed::fromElsewhere);
      fromNodes.onNodeGone(agentRegistry::nodeGone);
      Webhooks webhooks =
          part(
              new Webhooks(
                  config.rest().webhooks(),
                  config.router().retries(),
                  new WebhookStore(database, cipher, clock, random),
                  new WebhookLogStore(database, cipher),
                  results,
                  polls,
                  journal.mailboxes(),
                  cluster == null ? null : node.others()::adopt,
                  new WebhookView(),
                  audit::action,
                  agentRegistry::beat,
                  VERSION,
                  clock));
      webhooks.bindTo(registry);
      KeyCheck check =
          new KeyCheck(
              keys, config.rest().keyRate(), config.rest().adminKey(), clock, System::nanoTime);
      part(Periodic.start("aegis-api-keys", Duration.ofSeconds(30), check::tick));
      AccessRules rules =
          new AccessRules(new AccessRuleStore(database, clock), router.authorization());
      part(Periodic.start("aegis-access-rules", Duration.ofSeconds(5), rules::tick));
      RestApi rest =
          new RestApi(
              router,
              connected,
              agents,
              keys,
              check,
              rules,
              messages,
              results,
              polls,
              audit::action,
              trail,
              idempotency,
              agentRegistry,
              statistics,
              webhooks.endpoints(),
              new RestMetrics(registry.getPrometheusRegistry()),
              clock);
      server =
          part(
              GatewayServer.start(
                  config.net(),
                  tls,
                  new ServerHandshake.Config(
                      primitives,
                      identity,
                      data.clusterId(),
                      config.agents().signingRequired(),
                      config.net().limits().maxRecordBytes()),
                  new EnrolledAgents(agents, config.agents(), () -> journal.state().available()),
                  sessions,
                  new ObservedSessions(router, List.of(sessionTrail, connectionLog)),
                  rest,
                  counters,
                  random,
                  clock));
      constants.put("version", VERSION);
      constants.put("gatewayKey", publicKey.toString());
      constants.put("tlsEngine", tls.engine());
      constants.put("transport", Transport.best().name());
      constants.put("providers", primitives.choices());
      constants.put("listen", server.address().toString());
      constants.put("openEnrolment", config.agents().openOrganization() != null);
      status =
          new GatewayStatus(
              constants,
              sessions,
              dispatchers,
              router,
              movingOn,
              times,
              journal,
              messages,
              database,
              node.status(),
              clock);
      part(
          Periodic.start(
              "aegis-sampler", Duration.ofSeconds(1), () -> status.sample(System.nanoTime())));
      status.add("webhooks", webhooks::status);
      GatewayMetrics metrics =
          part(
              new GatewayMetrics(
                  registry, sessions, dispatchers, counters, router, movingOn, journal));
      Inventory inventory =
          new Inventory(
              database::healthy,
              new HoldingsStore(database)::count,
              agentRegistry::count,
              System::nanoTime);
      part(Periodic.start("aegis-inventory", Duration.ofSeconds(5), inventory::tick));
      metrics.bind(
          database, inventory, VERSION, clock.instant(), tls::certificateEnd, config.dataDir());
      metrics.bind(config.journal(), config.router().mailboxMessages());
      metrics.bind(passedOn);
      node.status().bindTo(registry);
      management =
          part(
              new ManagementServer(
                  config.management(),
                  new ManagementApi(
                      status,
                      node.status(),
                      metrics,
                      agents,
                      keys,
                      check,
                      rules,
                      idempotency,
                      connected,
                      agentRegistry,
                      router,
                      messages,
                      results,
                      statistics,
                      webhooks.endpoints(),
                      audit::action,
                      trail,
                      data.adminToken(),
                      clock)));
      data.managementUrl("http://127.0.0.1:" + management.address().getPort());
      webhooks.start();
      started = true;
    } finally {
      if (!started) {
        parts.close();
      }
    }
  }

  public InetSocketAddress address() {
    return server.address();
  }

  public InetSocketAddress managementAddress() {
    return management.address();
  }

  /// The identity that agents pin.
  public VerifyingKey publicKey() {
    return publicKey;
  }

  /// What was chosen at start, for people.
  public Map<String, Object> constants() {
    return Map.copyOf(constants);
  }

  /// Drains and stops: no new sessions, agents are told to come back, what was accepted is
  /// committed.
  @Override
  public void close() {
    status.draining();
    router.drain();
    try {
      server.drain(drainTime);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    parts.close();
  }

  /// Also where nothing is counted here: others may, and what was counted before gets too old.
  private void startStatistics(GatewayConfig.Statistics settings, Database database, Clock clock) {
    StatisticsRollup rollup =
        new StatisticsRollup(database, settings.keepHours(), settings.keepDays(), clock);
    part(Periodic.start("aegis-statistics", settings.every(), rollup::foldAll));
    part(Periodic.start("aegis-old-statistics", Duration.ofHours(1), rollup::purge));
  }

  private static TlsContext tls(GatewayConfig.Tls tls, DataDirectory data, Instant now)
      throws IOException {
    GatewayConfig.TlsFiles files = tls.files() == null ? data.selfSigned(now) : tls.files();
    return new TlsContext(files.certificate(), files.key(), tls.engine());
  }

  private static ClusterJournal openCluster(
      Database database,
      StorageCipher cipher,
      JournalSettings settings,
      GatewayConfig.Cluster cluster,
      JournalReports reports,
      NodeInbox inbox) {
    FabricNode node = new FabricNode(cluster.name(), ClusterJournal.nodeId(database));
    return ClusterJournal.open(
        database,
        cipher,
        settings,
        cluster.members(),
        reports,
        inbox,
        listener ->
            RedisFabric.open(
                cluster.redis(),
                node,
                FabricLimits.defaults(),
                cipher,
                listener,
                new SplittableRandom()));
  }

  /// Completes when this gateway has lost all that it owned to another node and has to start anew;
  /// never for one that is alone.
  public CompletionStage<Void> fence() {
    return fromNodes.fence();
  }

  private <T extends AutoCloseable> T part(T part) {
    return parts.add(part);
  }
}
