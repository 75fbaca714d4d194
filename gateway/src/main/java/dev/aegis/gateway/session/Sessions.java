package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The connection manager: which agents are connected, each by its one session. A newer login takes
/// over; its epoch is higher, and nothing is accepted for the lower one. Thread-safe.
public final class Sessions {
  private final ConcurrentHashMap<String, Session> byAgent = new ConcurrentHashMap<>();
  private final Revocations revocations = new Revocations();
  private final AtomicLong lastEpoch;
  private volatile boolean draining;

  /// Epochs start at the clock, so that they grow over a restart too.
  public Sessions(InstantSource clock) {
    this.lastEpoch = new AtomicLong(clock.millis());
  }

  /// The fencing number of a new login.
  public long nextEpoch() {
    return lastEpoch.incrementAndGet();
  }

  /// How often rights of agents were taken so far. Read before it is looked up what an agent may
  /// do.
  public long revocations() {
    return revocations.count();
  }

  /// Registers a session and closes the one it replaces. False when a newer login of the agent is
  /// already here or no new sessions are taken; the session is then closed itself.
  public boolean register(Session session) {
    return register(session, revocations());
  }

  /// As above. False also when the agent's rights may have been taken since they were looked up: it
  /// is to come again.
  ///
  /// @param revocationsThen what [#revocations] said before that
  public boolean register(Session session, long revocationsThen) {
    if (draining) {
      session.close(CloseCode.GOING_AWAY);
      return false;
    }
    Session[] replaced = new Session[1];
    boolean[] outdated = new boolean[1];
    Session current =
        byAgent.compute(
            session.agentId(),
            (agent, old) -> {
              outdated[0] = revocations.after(revocationsThen, agent);
              if (outdated[0]) {
                return old;
              }
              boolean newer = old == null || session.epoch() > old.epoch();
              replaced[0] = newer ? old : session;
              return newer ? session : old;
            });
    if (outdated[0]) {
      session.close(CloseCode.GOING_AWAY);
      return false;
    }
    if (replaced[0] != null) {
      replaced[0].close(CloseCode.TAKEN_OVER);
    }
    return current == session;
  }

  /// Forgets a session, unless a newer one has taken its place.
  public void unregister(Session session) {
    byAgent.remove(session.agentId(), session);
    session.outbox().clear();
  }

  public @Nullable Session find(String agentId) {
    return byAgent.get(agentId);
  }

  /// Ends the session of an agent whose key was revoked, also one that is just beginning.
  public void revoke(String agentId) {
    revoke(agentId, _ -> true);
  }

  /// Ends the session of an agent that has another key now, unless it is one with that key.
  public void rekey(String agentId, byte[] publicKey) {
    revoke(agentId, session -> !session.fits(publicKey));
  }

  /// What an agent may do has changed, perhaps: whoever looked it up before is to look again.
  ///
  /// @return the agent's session, or null; a login that is just beginning comes again
  public @Nullable Session changed(String agentId) {
    revocations.add(agentId);
    // Not `get`: this one waits for a registration that looked at the revocations before.
    return byAgent.computeIfPresent(agentId, (_, registered) -> registered);
  }

  private void revoke(String agentId, Predicate<Session> which) {
    Session session = changed(agentId);
    if (session != null && which.test(session)) {
      session.close(CloseCode.REVOKED);
    }
  }

  /// No new sessions from here on.
  public void drain() {
    draining = true;
  }

  public int size() {
    return byAgent.size();
  }

  /// A live view.
  public Collection<Session> all() {
    return byAgent.values();
  }
}
