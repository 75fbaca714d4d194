package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Clients of JetStream: one stream, and a durable consumer for each receiver.
final class JetStreamClients extends NatsClients {
  private final boolean exactlyOnce;

  JetStreamClients(LinkTarget target, String run, Guarantee guarantee, int threads) {
    super(target, run, threads);
    this.exactlyOnce = guarantee == Guarantee.EXACTLY_ONCE;
  }

  private String deliverSubject(int receiver) {
    return "to." + run + ".r" + receiver;
  }

  @Override
  public void prepareReceivers(int count) throws IOException, InterruptedException {
    NatsSession session = receiving();
    JetStreamApi api = new JetStreamApi(session);
    connect(List.of(session));
    api.createStream(run);
    for (int i = 0; i < count; i++) {
      api.createConsumer(run, "r" + i, subject(i), deliverSubject(i));
    }
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    List<NatsSession> connecting = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int index = i;
      NatsSession session = receiving();
      JetStreamReceiver _ =
          new JetStreamReceiver(
              session,
              deliverSubject(i),
              "_INBOX.r" + i,
              exactlyOnce,
              payload -> arrivals.arrived(index, Priority.NORMAL, payload));
      connecting.add(session);
    }
    connect(connecting);
  }

  @Override
  public List<Sender> connectSenders(int from, int until) throws IOException, InterruptedException {
    List<NatsSession> connecting = sending(until - from);
    List<Sender> senders = new ArrayList<>();
    for (int i = from; i < until; i++) {
      NatsSession session = connecting.get(i - from);
      senders.add(
          new JetStreamSender(session, "_INBOX.s" + i, run, exactlyOnce, new Names(this::subject)));
    }
    connect(connecting);
    return senders;
  }
}
