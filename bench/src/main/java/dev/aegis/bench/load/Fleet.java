package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.IncomingMessage;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The agents of a run: enrolled under names of its own, connected over shared event loops. Senders
/// and receivers have separate loops, as separate processes would.
public final class Fleet implements AutoCloseable {
  /// Hears what arrives at a receiver.
  interface Arrivals {
    void arrived(int receiver, IncomingMessage message);
  }

  /// Enrolments and connects under way at once.
  private static final int SIDE_BY_SIDE = 16;

  private final GatewayAccess gateway;
  private final String name;
  private final EventLoopGroup senderLoops;
  private final EventLoopGroup receiverLoops;
  private final List<AegisClient> clients = new ArrayList<>();
  private final List<String> enrolled = new ArrayList<>();

  /// @param name starts the name of every agent, so that runs do not meet
  public Fleet(GatewayAccess gateway, String name, int threads) {
    this.gateway = gateway;
    this.name = name;
    this.senderLoops = loops("bench-send", threads);
    this.receiverLoops = loops("bench-receive", threads);
  }

  private static EventLoopGroup loops(String name, int threads) {
    return new MultiThreadIoEventLoopGroup(
        threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  String receiverName(int index) {
    return name + "-r" + index;
  }

  List<AegisClient> senders(int count) throws IOException, InterruptedException {
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ClientOptions options = enrol(name + "-s" + i).withLoops(senderLoops);
      tasks.add(() -> AegisClient.connect(options));
    }
    return connect(tasks);
  }

  /// Enrols receivers, so that messages can be sent to them.
  List<ClientOptions> enrolReceivers(int count) throws IOException {
    List<ClientOptions> options = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      options.add(enrol(receiverName(i)).withLoops(receiverLoops));
    }
    return options;
  }

  /// Connects receivers `from` to before `until`.
  void receivers(List<ClientOptions> enrolled, int from, int until, Arrivals arrivals)
      throws IOException, InterruptedException {
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (int i = from; i < until; i++) {
      int index = i;
      ClientOptions options = enrolled.get(i);
      tasks.add(() ->
          AegisClient.connect(
              options, client -> client.on("*", message -> arrivals.arrived(index, message))));
    }
    connect(tasks);
  }

  /// Enrols agents that only connect and stay.
  public List<ClientOptions> enrolIdle(int count) throws IOException, InterruptedException {
    List<Callable<ClientOptions>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String agent = name + "-i" + i;
      tasks.add(() -> enrol(agent).withLoops(receiverLoops));
    }
    return sideBySide(tasks);
  }

  public void idle(List<ClientOptions> options) throws IOException, InterruptedException {
    List<Callable<AegisClient>> tasks = new ArrayList<>();
    for (ClientOptions one : options) {
      tasks.add(() -> AegisClient.connect(one));
    }
    connect(tasks);
  }

  private ClientOptions enrol(String agent) throws IOException {
    ClientOptions options = gateway.enrol(agent);
    synchronized (enrolled) {
      enrolled.add(agent);
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

  /// Takes the rights of all its agents away again: for a gateway that goes on.
  public void revoke() throws IOException {
    for (String agent : List.copyOf(enrolled)) {
      gateway.revoke(agent);
    }
  }

  @Override
  public void close() {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      clients.forEach(client -> executor.submit(client::close));
    }
    senderLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    receiverLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
