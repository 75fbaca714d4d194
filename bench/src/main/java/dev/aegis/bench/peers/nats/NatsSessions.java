package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Loops;
import dev.aegis.bench.peers.wire.Connecting;
import dev.aegis.bench.peers.wire.LinkTarget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// All sessions of a run. Confined to one thread.
final class NatsSessions implements AutoCloseable {
  private final LinkTarget target;
  private final Loops loops;
  private final List<NatsSession> sessions = new ArrayList<>();

  NatsSessions(LinkTarget target, int threads) {
    this.target = target;
    this.loops = new Loops(threads);
  }

  /// Not connected yet.
  NatsSession sending() {
    NatsSession session = new NatsSession(target, loops.senders().next());
    sessions.add(session);
    return session;
  }

  /// Not connected yet.
  NatsSession receiving() {
    NatsSession session = new NatsSession(target, loops.receivers().next());
    sessions.add(session);
    return session;
  }

  void connectIdle(int count) throws IOException, InterruptedException {
    List<NatsSession> idle = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      idle.add(receiving());
    }
    connect(idle);
  }

  void connect(List<NatsSession> which) throws IOException, InterruptedException {
    List<Supplier<CompletableFuture<Void>>> clients = new ArrayList<>();
    for (NatsSession session : which) {
      clients.add(session::connect);
    }
    Connecting.all(clients);
  }

  @Override
  public void close() {
    sessions.forEach(NatsSession::close);
    loops.close();
  }
}
