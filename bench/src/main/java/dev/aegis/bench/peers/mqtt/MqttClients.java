package dev.aegis.bench.peers.mqtt;

import dev.aegis.bench.load.Clients;
import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.bench.peers.wire.Sessions;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// MQTT clients: a topic for each receiver and one for all; sessions that the server remembers,
/// where messages are durable.
final class MqttClients implements Clients {
  private final LinkTarget target;
  private final String run;
  private final int qos;
  private final Sessions sessions;

  MqttClients(LinkTarget target, String run, Guarantee guarantee, int threads) {
    this.target = target;
    this.run = run;
    this.qos =
        switch (guarantee) {
          case BEST_EFFORT -> 0;
          case AT_LEAST_ONCE -> 1;
          case EXACTLY_ONCE -> 2;
        };
    this.sessions = new Sessions(threads);
  }

  private String everybody() {
    return run + "/all";
  }

  private String topic(int receiver) {
    return run + "/r" + receiver;
  }

  private MqttSession receiving(int index) {
    List<String> topics = qos == 0 ? List.of(topic(index), everybody()) : List.of(topic(index));
    return new MqttSession(
        target, sessions.receiverLoop(), run + "-r" + index, qos == 0, topics, qos);
  }

  /// Durable subscriptions are there once a client was.
  @Override
  public void prepareReceivers(int count) throws IOException, InterruptedException {
    if (qos > 0) {
      List<MqttSession> once = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        once.add(receiving(i));
      }
      sessions.connect(once);
      once.forEach(MqttSession::close);
    }
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    List<MqttSession> connecting = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int index = i;
      MqttSession session = receiving(i);
      MqttReceiver _ =
          new MqttReceiver(session, payload -> arrivals.arrived(index, Priority.NORMAL, payload));
      connecting.add(session);
    }
    sessions.connect(connecting);
  }

  @Override
  public List<Sender> connectSenders(int from, int until) throws IOException, InterruptedException {
    EventLoopGroup loops = sessions.moreSenderLoops();
    List<MqttSession> connecting = new ArrayList<>();
    List<Sender> senders = new ArrayList<>();
    for (int i = from; i < until; i++) {
      MqttSession session =
          new MqttSession(target, loops.next(), run + "-s" + i, qos == 0, List.of(), qos);
      senders.add(new MqttSender(session, qos, new Names(this::topic), everybody()));
      connecting.add(session);
    }
    sessions.connect(connecting);
    return senders;
  }

  @Override
  public void prepareIdle(int count) {} // all log on as the same user

  @Override
  public void connectIdle(int from, int until) throws IOException, InterruptedException {
    List<MqttSession> idle = new ArrayList<>();
    for (int i = from; i < until; i++) {
      idle.add(
          new MqttSession(target, sessions.receiverLoop(), run + "-i" + i, true, List.of(), qos));
    }
    sessions.connect(idle);
  }

  @Override
  public void close() {
    sessions.close();
  }
}
