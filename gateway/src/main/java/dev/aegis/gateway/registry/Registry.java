package dev.aegis.gateway.registry;

import dev.aegis.gateway.registry.RegistryEvent.Kind;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.store.AbleAgent;
import dev.aegis.store.AgentCount;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.AgentStore;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.ConnectionStore;
import dev.aegis.store.HeartbeatStore;
import dev.aegis.store.LiveTimes;
import dev.aegis.store.RegisteredAgent;
import dev.aegis.store.RegistryChange;
import dev.aegis.store.RegistryFilter;
import dev.aegis.store.RegistryStore;
import dev.aegis.store.StoreException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The registry: changes of it reach the router, the sessions and whoever follows. Thread-safe;
/// blocks, but for [#beat].
public final class Registry implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registry.class);

  private final RegistryStore store;
  private final AgentStore agents;
  private final HeartbeatStore beats;
  private final ConnectionStore connections;
  private final CapabilityStore able;
  private final Router router;
  private final Sessions sessions;
  private final RegistryTimes times;
  private final InstantSource clock;
  private final RegistryFeed feed;
  private final Heartbeats heartbeats;
  private final long startedAtMillis;
  private final long lastSignBefore;
  private volatile boolean connectionsLost;

  /// Reads the newest heartbeat.
  public Registry(
      RegistryStore store,
      AgentStore agents,
      HeartbeatStore beats,
      ConnectionStore connections,
      CapabilityStore able,
      Router router,
      Sessions sessions,
      RegistryTimes times,
      RegistryFeed feed,
      InstantSource clock) {
    this.store = store;
    this.agents = agents;
    this.beats = beats;
    this.connections = connections;
    this.able = able;
    this.router = router;
    this.sessions = sessions;
    this.times = times;
    this.clock = clock;
    this.feed = feed;
    this.heartbeats = new Heartbeats(beats, this::turned);
    this.startedAtMillis = clock.millis();
    this.lastSignBefore = beats.newest();
  }

  public RegistryFeed feed() {
    return feed;
  }

  private LiveTimes now() {
    return times.at(clock.millis(), startedAtMillis, lastSignBefore);
  }

  public RegistryChange register(
      String id, String organization, RegisteredAgent.Details details, byte @Nullable [] key) {
    RegistryChange change = store.register(id, organization, details, key, now());
    if (change instanceof RegistryChange.Done(RegisteredAgent agent)) {
      router.agentChanged(id);
      tell(Kind.REGISTERED, agent);
    }
    return change;
  }

  /// Changes it if it has that version; one that is set inactive is disconnected.
  public RegistryChange update(RegisteredAgent agent, RegisteredAgent.Details details) {
    RegistryChange change = store.update(agent.id(), agent.version(), details, now());
    if (change instanceof RegistryChange.Done(RegisteredAgent changed)) {
      router.agentChanged(agent.id());
      if (changed.status() == AgentStatus.INACTIVE) {
        sessions.revoke(agent.id());
      }
      tell(Kind.UPDATED, changed);
    }
    return change;
  }

  /// Gives it another key if it has that version; its session ends.
  public RegistryChange rotateKey(RegisteredAgent agent, byte[] key) {
    RegistryChange change = store.rotateKey(agent.id(), agent.version(), key, now());
    if (change instanceof RegistryChange.Done(RegisteredAgent changed)) {
      router.agentChanged(agent.id());
      sessions.rekey(agent.id(), key);
      tell(Kind.KEY_ROTATED, changed);
    }
    return change;
  }

  /// Shuts an agent out for good.
  ///
  /// @return false if it is unknown or shut out already
  public boolean revoke(String id, String organization) {
    if (!agents.revoke(id)) {
      return false;
    }
    router.agentChanged(id);
    sessions.revoke(id);
    feed.tell(Kind.REVOKED, organization, id, "{}");
    return true;
  }

  public Optional<RegisteredAgent> find(String id) {
    heartbeats.settle();
    return store.find(id, now());
  }

  public List<RegisteredAgent> list(RegistryFilter filter, String afterId, int limit) {
    heartbeats.settle();
    return store.list(filter, now(), afterId, limit);
  }

  /// How many agents there are, by status and state.
  public List<AgentCount> count() {
    heartbeats.settle();
    return store.count(now());
  }

  /// All agents that work may be given to.
  ///
  /// @param counted whether to count what is open for each
  List<AbleAgent> able(boolean counted) {
    heartbeats.settle();
    return able.able(now(), counted);
  }

  /// From when on a sign of life counts.
  public LiveTimes liveTimes() {
    return now();
  }

  /// An agent that there is says that it lives.
  public void beat(String agent) {
    heartbeats.beat(agent, clock.millis());
  }

  /// A connection of an agent began or ended, and its row says so.
  public void connected(String agent, String organization, boolean active) {
    feed.tell(active ? Kind.CONNECTED : Kind.DISCONNECTED, organization, agent, "{}");
  }

  /// Another node is gone: what was connected there is not any more. Never blocks.
  public void nodeGone() {
    connectionsLost = true;
  }

  /// Writes heartbeats and looks for missing ones. Once a second.
  public void tick() {
    try {
      heartbeats.flush(clock.millis());
      if (connectionsLost) {
        connectionsLost = false;
        connections.closeLost();
      }
      beats.fade(now()).forEach(this::turned);
    } catch (StoreException e) {
      log.debug("heartbeats wait for the database: {}", e.getMessage());
    }
  }

  /// Writes what is left.
  @Override
  public void close() {
    try {
      heartbeats.settle();
    } catch (StoreException e) {
      log.warn("the last heartbeats are not written: {}", e.getMessage());
    }
  }

  private void turned(HeartbeatStore.Turn turn) {
    feed.tell(
        Kind.STATE,
        turn.organization(),
        turn.agentId(),
        "{\"state\":\"" + turn.state().text() + "\"}");
  }

  private void tell(Kind kind, RegisteredAgent agent) {
    feed.tell(
        kind,
        agent.organization(),
        agent.id(),
        "{\"version\":" + agent.version() + ",\"status\":\"" + agent.status().text() + "\"}");
  }
}
