package dev.aegis.gateway.session;

import dev.aegis.protocol.CloseCode;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The connection manager: which agents are connected, each by its one session. A newer login takes
/// over; its epoch is higher, and nothing is accepted for the lower one. Thread-safe.
public final class Sessions {
  private final ConcurrentHashMap<String, Session> byAgent = new ConcurrentHashMap<>();
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

  /// Registers a session and closes the one it replaces. False when a newer login of the agent is
  /// already here or no new sessions are taken; the session is then closed itself.
  public boolean register(Session session) {
    if (draining) {
      session.close(CloseCode.GOING_AWAY);
      return false;
    }
    Session[] replaced = new Session[1];
    Session current =
        byAgent.merge(
            session.agentId(),
            session,
            (old, fresh) -> {
              boolean newer = fresh.epoch() > old.epoch();
              replaced[0] = newer ? old : fresh;
              return newer ? fresh : old;
            });
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

  /// The session that a token names, or null. Compared in constant time.
  public @Nullable Session byToken(String agentId, byte[] token) {
    Session session = byAgent.get(agentId);
    return session != null && MessageDigest.isEqual(session.token(), token) ? session : null;
  }

  /// Ends the session of an agent whose key was revoked.
  public void revoke(String agentId) {
    Session session = byAgent.get(agentId);
    if (session != null) {
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
