package dev.aegis.gateway.webhook;

import dev.aegis.gateway.delivery.RetrySettings;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.router.AuditLog;
import dev.aegis.store.Mailboxes;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StoreException;
import dev.aegis.store.WebhookEndpoint;
import dev.aegis.store.WebhookLogStore;
import dev.aegis.store.WebhookStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks whose messages are to be posted from here, and has it done. Endpoints are set and changed
/// through [Endpoints].
///
/// In a cluster the owner of a mailbox posts what is in it, and nobody else. A mailbox follows its
/// agent's sessions, so the owner is where the agent was last; posting never asks another node for
/// one. What nobody owns is adopted first. So it needs no agreement beyond that about mailboxes.
/// Thread-safe; blocks, but for what says otherwise.
public final class Webhooks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Webhooks.class);
  private static final long LOOK_MILLIS = 100;
  private static final long READ_MILLIS = 2_000;
  private static final long PURGE_MILLIS = 60_000;
  private static final long CLOSE_MILLIS = 5_000;

  private final WebhookSettings settings;
  private final WebhookStore store;
  private final WebhookLogStore logStore;
  private final DeliveryLog deliveries;
  private final WebhookMetrics metrics;
  private final WebhookCounters counters = new WebhookCounters();
  private final EndpointClient client;
  private final Poster poster;
  private final Endpoints endpoints;
  private final Places places;
  private final PollSessions polls;
  private final Mailboxes mailboxes;
  private final @Nullable Consumer<Collection<String>> adopt;
  private final InstantSource clock;
  private final SplittableRandom random = new SplittableRandom();
  private final Map<String, Served> served = new ConcurrentHashMap<>();
  private final Map<String, HostBreaker> breakers = new ConcurrentHashMap<>();
  private final Set<Served> runs = ConcurrentHashMap.newKeySet();
  private final Thread looking =
      Thread.ofPlatform().daemon().name("aegis-webhooks").unstarted(this::look);
  private final Thread writing =
      Thread.ofPlatform().daemon().name("aegis-webhook-log").unstarted(this::write);
  private volatile boolean reread = true;
  private volatile boolean othersWait;
  private volatile boolean stopping;
  private long readAtMillis = Long.MIN_VALUE;
  private boolean readBefore;

  /// @param retries by which messages are tried again that do not say
  /// @param mailboxes says what waits here
  /// @param adopt makes mailboxes this node's that nobody owns; null for a gateway alone
  /// @param alive told of agents whose endpoint has taken something
  /// @throws IOException the trusted certificates cannot be read
  public Webhooks(
      WebhookSettings settings,
      RetrySettings retries,
      WebhookStore store,
      WebhookLogStore logStore,
      ResultStore results,
      PollSessions polls,
      Mailboxes mailboxes,
      @Nullable Consumer<Collection<String>> adopt,
      WebhookJson json,
      AuditLog audit,
      Consumer<String> alive,
      String version,
      InstantSource clock)
      throws IOException {
    this.settings = settings;
    this.store = store;
    this.logStore = logStore;
    this.deliveries = new DeliveryLog(logStore::append);
    this.metrics = new WebhookMetrics(served, runs, breakers, counters, deliveries);
    this.polls = polls;
    this.mailboxes = mailboxes;
    this.adopt = adopt;
    this.clock = clock;
    int requests = settings.endpoints() * Math.max(2, settings.concurrency());
    this.places = new Places(requests, settings.endpoints());
    this.client =
        new EndpointClient(
            new CheckedNames(new AddressRules(settings.allowed())),
            settings.http(),
            TrustedCertificates.context(settings.certificates()),
            requests + PingLimit.AT_ONCE,
            "Aegis/" + version);
    this.poster =
        new Poster(
            client,
            store,
            results,
            deliveries,
            counters,
            json,
            settings,
            new TimeLimits(settings.timeout(), retries),
            audit,
            alive,
            clock,
            Webhooks::steadyMillis);
    this.endpoints =
        new Endpoints(
            settings, store, logStore, poster, served, this::lookNow, Webhooks::steadyMillis);
  }

  public Webhooks start() {
    looking.start();
    writing.start();
    return this;
  }

  private static long steadyMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
  }

  private void look() {
    while (!stopping) {
      try {
        long now = steadyMillis();
        if (reread || now - readAtMillis >= READ_MILLIS) {
          reread = false;
          read(now);
          readAtMillis = now;
        }
        startWhatWaits(now);
      } catch (StoreException.Rejected e) {
        log.error("the endpoints to post to cannot be read", e);
        readAtMillis = steadyMillis(); // and not at once again
      } catch (StoreException e) {
        log.debug("webhooks wait for the database: {}", e.getMessage());
        readAtMillis = steadyMillis(); // and not at once again
      } catch (RuntimeException e) {
        log.error("looking for what to post failed", e);
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }

  private void lookNow() {
    reread = true;
    LockSupport.unpark(looking);
  }

  /// Reads the endpoints anew. Their agents may have had sessions before this node began, or at the
  /// node that had their mailboxes.
  private void read(long now) {
    Set<String> there = new HashSet<>();
    Set<String> hosts = new HashSet<>();
    for (WebhookEndpoint endpoint : store.served()) {
      URI uri = Target.uri(endpoint.url());
      if (uri == null || !endpoints.accepts(endpoint.url()) || endpoint.secret() == null) {
        continue; // its messages wait
      }
      String host = endpoint.organization() + ' ' + Target.host(uri);
      hosts.add(host);
      there.add(endpoint.agentId());
      HostBreaker breaker =
          breakers.computeIfAbsent(
              host, _ -> new HostBreaker(settings.breakerPause().toMillis(), random.split()));
      Served agent =
          served.computeIfAbsent(endpoint.agentId(), id -> new Served(id, mailboxes.owns(id)));
      if (!readBefore) {
        agent.hadSession(now);
      }
      Target before = agent.target();
      if (before != null && !before.endpoint().url().equals(endpoint.url())) {
        agent.endPause(); // that was another server's wish
      }
      agent.target(new Target(endpoint, uri, breaker));
    }
    served.forEach((id, agent) -> {
      if (!there.contains(id)) {
        agent.target(null);
        if (!agent.running()) {
          served.remove(id, agent);
        }
      }
    });
    breakers.keySet().retainAll(hosts);
    readBefore = true;
    if (adopt != null) {
      List<String> unowned = store.unowned();
      if (!unowned.isEmpty()) {
        for (String id : unowned) {
          Served agent = served.get(id);
          if (agent != null) {
            agent.hadSession(now);
          }
        }
        adopt.accept(unowned);
      }
    }
  }

  /// Starts runs for agents with waiting messages, as far as there are places: of the organization
  /// with the fewest first, and there of the one that waits longest.
  private void startWhatWaits(long now) {
    runs.removeIf(run -> !run.running());
    if (reread) {
      return; // something has changed meanwhile
    }
    List<Served> waiting = new ArrayList<>();
    for (Served agent : served.values()) {
      if (!agent.running() && isWaiting(agent, now)) {
        agent.waitsSinceMillis = Math.min(agent.waitsSinceMillis, now);
        waiting.add(agent);
      } else {
        agent.waitsSinceMillis = Long.MAX_VALUE;
      }
    }
    waiting.sort(Comparator.comparingLong(agent -> agent.waitsSinceMillis));
    Map<String, Integer> places = new HashMap<>();
    runs.forEach(run -> places.merge(organization(run), 1, Integer::sum));
    while (!waiting.isEmpty() && runs.size() < settings.endpoints()) {
      Served next =
          waiting.stream()
              .min(Comparator.comparingInt(agent -> places.getOrDefault(organization(agent), 0)))
              .orElseThrow();
      waiting.remove(next);
      places.merge(organization(next), 1, Integer::sum);
      start(next);
    }
    othersWait = !waiting.isEmpty();
  }

  private static String organization(Served agent) {
    Target target = agent.target();
    return target == null ? "" : target.endpoint().organization();
  }

  private boolean isWaiting(Served agent, long now) {
    if (!polls.mayPost(agent.agentId())) {
      agent.hadSession(now);
      return false;
    }
    Target target = agent.target();
    boolean owns = mailboxes.owns(agent.agentId());
    Mailboxes.Depth depth = mailboxes.depth(agent.agentId());
    agent.looked(owns, depth, now);
    return target != null
        && owns
        && depth.messages() > 0
        && !agent.pauses(now)
        && !agent.rests(now)
        && target.breaker().admits(now)
        && !agent.mayComeBack(now, settings.grace().toMillis());
  }

  private void start(Served agent) {
    Target target = agent.target();
    if (target == null) {
      return;
    }
    int own = target.endpoint().concurrency();
    agent.running(true);
    runs.add(agent);
    Thread.ofVirtual()
        .name("aegis-webhook-run")
        .start(
            new EndpointRun(
                agent,
                polls.posting(agent.agentId(), target.endpoint().organization()),
                poster,
                places.ofRun(),
                own,
                own == 0 ? settings.concurrency() : own,
                () -> othersWait,
                () -> stopping,
                Webhooks::steadyMillis));
  }

  private void write() {
    long purgedAtMillis = Long.MIN_VALUE;
    while (!stopping) {
      deliveries.flush();
      long now = steadyMillis();
      if (purgedAtMillis == Long.MIN_VALUE || now - purgedAtMillis >= PURGE_MILLIS) {
        purgedAtMillis = now;
        purge();
      }
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }

  private void purge() {
    try {
      logStore.purge(clock.millis() - settings.logRetention().toMillis());
    } catch (StoreException e) {
      log.debug("old deliveries stay for now: {}", e.getMessage());
    }
  }

  public Endpoints endpoints() {
    return endpoints;
  }

  /// For `/status`. Does not block.
  public Map<String, Object> status() {
    return metrics.status();
  }

  public void bindTo(MeterRegistry registry) {
    metrics.bindTo(registry);
  }

  /// Lets what is under way end, for a while; what it has not taken by then comes again.
  @Override
  public void close() {
    stopping = true;
    LockSupport.unpark(looking);
    LockSupport.unpark(writing);
    long until = steadyMillis() + CLOSE_MILLIS;
    while (metrics.running() > 0 && steadyMillis() < until) {
      LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(10));
    }
    client.close();
    try {
      looking.join(Duration.ofMillis(CLOSE_MILLIS));
      writing.join(Duration.ofMillis(CLOSE_MILLIS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    deliveries.flush();
  }
}
