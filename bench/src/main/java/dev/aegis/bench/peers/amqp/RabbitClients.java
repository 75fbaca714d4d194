package dev.aegis.bench.peers.amqp;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.aegis.bench.load.Clients;
import dev.aegis.bench.load.Loops;
import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.client.EventLoops;
import dev.aegis.protocol.Guarantee;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;

/// RabbitMQ's own client library on shared event loops: a queue, a connection and a channel for
/// each receiver. They do not come back when the connection is lost.
final class RabbitClients implements Clients {
  /// Above what senders can have under way, so that deliveries never wait for acknowledgements.
  private static final int PREFETCH = 8_192;

  private final int port;
  private final String run;
  private final boolean durable;
  private final Loops loops;
  private final SslContext tls;
  private final ExecutorService deliveries;
  private final List<Connection> connections = new ArrayList<>();

  RabbitClients(int port, String run, Guarantee guarantee, int threads) throws IOException {
    this.port = port;
    this.run = run;
    this.durable = guarantee.isDurable();
    this.loops = new Loops(threads);
    this.tls = LinkTarget.local(port, "", null).tls();
    this.deliveries =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("bench-deliver").factory());
  }

  private String queue(int receiver) {
    return run + ".r" + receiver;
  }

  private Connection connect(EventLoopGroup group) throws IOException {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost("127.0.0.1");
    factory.setPort(port);
    factory.setUsername(RabbitServer.USER);
    factory.setPassword(RabbitServer.PASSWORD);
    factory.setAutomaticRecoveryEnabled(false);
    factory.setSharedExecutor(deliveries);
    factory
        .netty()
        .eventLoopGroup(group)
        .bootstrapCustomizer(
            bootstrap -> bootstrap.channel(EventLoops.channelType(group.next()))) // it takes NIO's
        .sslContext(tls);
    try {
      Connection connection = factory.newConnection();
      connections.add(connection);
      return connection;
    } catch (TimeoutException e) {
      throw new IOException("RabbitMQ did not answer", e);
    }
  }

  @Override
  public void prepareReceivers(int count) throws IOException {
    Channel channel = connect(loops.receivers()).createChannel();
    for (int i = 0; i < count; i++) {
      Map<String, Object> type = Map.of("x-queue-type", durable ? "quorum" : "classic");
      channel.queueDeclare(queue(i), durable, false, false, type);
    }
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals) throws IOException {
    for (int i = from; i < until; i++) {
      Channel channel = connect(loops.receivers()).createChannel();
      channel.basicQos(PREFETCH);
      channel.basicConsume(queue(i), !durable, new RabbitReceiver(channel, i, durable, arrivals));
    }
  }

  @Override
  public List<Sender> connectSenders(int from, int until) throws IOException {
    EventLoopGroup own = loops.moreSenders();
    List<Sender> senders = new ArrayList<>();
    for (int i = from; i < until; i++) {
      senders.add(RabbitSender.of(connect(own).createChannel(), durable, new Names(this::queue)));
    }
    return senders;
  }

  @Override
  public void prepareIdle(int count) {} // all log on as the same user

  @Override
  public void connectIdle(int from, int until) throws IOException {
    for (int i = from; i < until; i++) {
      Connection _ = connect(loops.receivers());
    }
  }

  @Override
  public void close() {
    connections.forEach(Connection::abort);
    deliveries.shutdownNow();
    loops.close();
  }
}
