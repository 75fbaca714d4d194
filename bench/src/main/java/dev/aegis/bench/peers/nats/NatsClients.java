package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Clients;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.bench.peers.wire.Sessions;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What clients of NATS have in common, with JetStream and without: a subject for each receiver.
abstract class NatsClients implements Clients {
  final String run;
  private final LinkTarget target;
  private final Sessions sessions;

  NatsClients(LinkTarget target, String run, int threads) {
    this.target = target;
    this.run = run;
    this.sessions = new Sessions(threads);
  }

  final String subject(int receiver) {
    return run + ".r" + receiver;
  }

  /// One more group of so many senders. Not connected yet.
  final List<NatsSession> sending(int count) {
    EventLoopGroup loops = sessions.moreSenderLoops();
    List<NatsSession> group = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      group.add(new NatsSession(target, loops.next()));
    }
    return group;
  }

  /// Not connected yet.
  final NatsSession receiving() {
    return new NatsSession(target, sessions.receiverLoop());
  }

  final void connect(List<NatsSession> which) throws IOException, InterruptedException {
    sessions.connect(which);
  }

  @Override
  public final void prepareIdle(int count) {} // all log on as the same user

  @Override
  public final void connectIdle(int from, int until) throws IOException, InterruptedException {
    List<NatsSession> idle = new ArrayList<>();
    for (int i = from; i < until; i++) {
      idle.add(receiving());
    }
    connect(idle);
  }

  @Override
  public final void close() {
    sessions.close();
  }
}
