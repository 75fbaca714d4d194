package dev.aegis.bench.peers.nats;

import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Clients of NATS as it is without JetStream: nothing is acknowledged. One more subject for all
/// receivers.
final class CoreClients extends NatsClients {
  CoreClients(LinkTarget target, String run, int threads) {
    super(target, run, threads);
  }

  private String everybody() {
    return run + ".all";
  }

  @Override
  public void prepareReceivers(int count) {} // a subject is known by being subscribed to

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    List<NatsSession> receivers = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int index = i;
      NatsSession session = receiving();
      NatsSession.Subscriber subscriber =
          (_, _, payload) -> arrivals.arrived(index, Priority.NORMAL, payload);
      session.subscribe(subject(i), subscriber);
      session.subscribe(everybody(), subscriber);
      receivers.add(session);
    }
    connect(receivers);
  }

  @Override
  public List<Sender> connectSenders(int from, int until) throws IOException, InterruptedException {
    List<NatsSession> connecting = sending(until - from);
    connect(connecting);
    return connecting.stream().<Sender>map(CoreSender::new).toList();
  }

  /// Publishes; what the connection takes counts as accepted.
  private final class CoreSender implements Sender {
    private final NatsSession session;
    private final Names subjects = new Names(CoreClients.this::subject);

    CoreSender(NatsSession session) {
      this.session = session;
    }

    @Override
    public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
      return publish(subjects.of(receiver), payload, outcome);
    }

    @Override
    public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
      return publish(everybody(), payload, outcome);
    }

    private boolean publish(String subject, byte[] payload, Outcome outcome) {
      if (!session.write(out -> NatsCommands.publish(out, subject, null, payload))) {
        return false;
      }
      outcome.accepted();
      return true;
    }
  }
}
