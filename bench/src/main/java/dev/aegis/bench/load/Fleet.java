package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.MessageHandler;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.TopicName;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// The agents of a run: enrolled under names of its own, connected over shared event loops. Senders
/// and receivers have separate loops, as separate processes would.
public final class Fleet implements Clients {
  /// Enrolments and connects under way at once.
  private static final int SIDE_BY_SIDE = 16;

  private static final String EVERYBODY = "*";

  private final Layout layout;
  private final String name;
  private final Guarantee guarantee;
  private final boolean revokes;
  private final Loops loops;
  private final List<AegisClient> clients = new ArrayList<>();
  private final Map<String, GatewayAccess> enrolled = new LinkedHashMap<>();
  private final List<ClientOptions> receivers = new ArrayList<>();
  private final List<ClientOptions> idle = new ArrayList<>();
  private @Nullable Audience audience;

  /// @param name starts the name of every agent, so that runs do not meet
  /// @param guarantee of all that is sent
  /// @param threads event loops of the senders, and as many of the receivers
  /// @param revokes whether the rights of all agents are taken away again at the end: for a gateway
  ///   that goes on
  public Fleet(
      GatewayAccess gateway, String name, Guarantee guarantee, int threads, boolean revokes) {
    this(Layout.at(gateway), name, guarantee, threads, revokes);
  }

  /// As above, at several gateways.
  public Fleet(Layout layout, String name, Guarantee guarantee, int threads, boolean revokes) {
    this.layout = layout;
    this.name = name;
    this.guarantee = guarantee;
    this.revokes = revokes;
    this.loops = new Loops(threads);
  }

  private String receiverName(int index) {
    return name + "-r" + index;
  }

  @Override
  public List<Sender> connectSenders(int from, int until) throws IOException, InterruptedException {
    EventLoopGroup own = loops.moreSenders();
    Audience topic = audience;
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (int i = from; i < until; i++) {
      ClientOptions options = enrol(layout.sender(i), name + "-s" + i).withLoops(own);
      tasks.add(() -> AegisClient.connect(options));
    }
    List<Sender> senders = new ArrayList<>();
    for (AegisClient client : connect(tasks)) {
      String audience = topic == null ? EVERYBODY : TopicName.PREFIX + topic.name();
      senders.add(new AgentSender(client, guarantee, new Names(this::receiverName), audience));
      if (topic != null) {
        topic.awaitHearing(client);
      }
    }
    return senders;
  }

  @Override
  public void prepareReceivers(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      receivers.add(enrol(layout.receiver(i), receiverName(i)).withLoops(loops.receivers()));
    }
  }

  @Override
  public void connectReceivers(int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    Audience topic = layout.topic() == null ? null : new Audience(layout.topic(), until - from);
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int index = i;
      ClientOptions options = receivers.get(i);
      MessageHandler handler =
          arrival -> arrivals.arrived(index, arrival.message().priority(), arrival.payload());
      tasks.add(() ->
          AegisClient.connect(
              options,
              client -> {
                client.on("*", handler);
                if (topic != null) {
                  topic.join(client, handler);
                }
              }));
    }
    connect(tasks);
    audience = topic;
  }

  @Override
  public void prepareIdle(int count) throws IOException, InterruptedException {
    List<Callable<ClientOptions>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String agent = name + "-i" + i;
      GatewayAccess gateway = layout.receiver(i);
      tasks.add(() -> enrol(gateway, agent).withLoops(loops.receivers()));
    }
    idle.addAll(sideBySide(tasks));
  }

  @Override
  public void connectIdle(int from, int until) throws IOException, InterruptedException {
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (ClientOptions one : idle.subList(from, until)) {
      tasks.add(() -> AegisClient.connect(one));
    }
    connect(tasks);
  }

  private ClientOptions enrol(GatewayAccess gateway, String agent) throws IOException {
    ClientOptions options = gateway.enrol(agent);
    synchronized (enrolled) {
      enrolled.put(agent, gateway);
    }
    return options;
  }

  private List<AegisClient> connect(List<Callable<AegisClient>> tasks)
      throws IOException, InterruptedException {
    List<Callable<AegisClient>> kept = new ArrayList<>();
    for (Callable<AegisClient> task : tasks) {
      kept.add(() -> {
        AegisClient client = task.call();
        synchronized (clients) {
          clients.add(client);
        }
        return client;
      });
    }
    return sideBySide(kept);
  }

  private static <T> List<T> sideBySide(List<Callable<T>> tasks)
      throws IOException, InterruptedException {
    Semaphore places = new Semaphore(SIDE_BY_SIDE);
    List<T> results = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> task : tasks) {
        futures.add(
            executor.submit(() -> {
              places.acquire();
              try {
                return task.call();
              } finally {
                places.release();
              }
            }));
      }
      for (Future<T> future : futures) {
        results.add(future.get());
      }
    } catch (ExecutionException e) {
      throw new IOException("an agent cannot be connected: " + e.getCause(), e);
    }
    return results;
  }

  @Override
  public void close() throws IOException {
    if (revokes) {
      for (Map.Entry<String, GatewayAccess> each : Map.copyOf(enrolled).entrySet()) {
        each.getValue().revoke(each.getKey());
      }
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      clients.forEach(client -> executor.submit(client::close));
    }
    loops.close();
  }
}
