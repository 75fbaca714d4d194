package dev.aegis.bench.chaos;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.ConnectionClosedException;
import dev.aegis.client.Identity;
import dev.aegis.client.NotConnectedException;
import dev.aegis.protocol.Uuid7;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// A process of agents that send, or that receive. It is told to come to an end by a line `drain`
/// on its standard input, and ends at once when that is closed, which it is when whoever started it
/// dies.
@Command(name = "agents")
final class AgentMain implements Callable<Integer> {
  static final String DRAIN = "drain";

  private static final Logger LOG = LoggerFactory.getLogger(AgentMain.class);
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int ABANDONED = 3;

  enum Role {
    SENDER,
    RECEIVER
  }

  @Option(names = "--role", required = true)
  Role role = Role.SENDER;

  @Option(names = "--urls", required = true, split = ",")
  List<URI> urls = List.of();

  @Option(names = "--gateway-key", required = true)
  String gatewayKey = "";

  @Option(names = "--keys", required = true)
  Path keys = Path.of("");

  @Option(names = "--ledger", required = true)
  Path ledger = Path.of("");

  @Option(names = "--agents", required = true, split = ",")
  List<String> agents = List.of();

  @Option(names = "--recipients", required = true, split = ",")
  List<String> recipients = List.of();

  @Option(names = "--per-second", required = true)
  double perSecond;

  @Option(names = "--seed", required = true)
  long seed;

  private final CompletableFuture<Void> failure = new CompletableFuture<>();
  private final CountDownLatch drain = new CountDownLatch(1);

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new AgentMain());
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Thread.ofPlatform().name("chaos-commands").daemon().start(this::listen);
    List<Entry> before = new ArrayList<>();
    LedgerWriter writer = LedgerWriter.start(ledger, before::add);
    LOG.info("{} begins, with {} entries in {}", role, before.size(), ledger);
    List<AegisClient> clients =
        switch (role) {
          case SENDER -> send(writer, before);
          case RECEIVER -> receive(writer, before);
        };
    clients.forEach(AegisClient::close);
    return 0;
  }

  private void listen() {
    try (BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        if (line.equals(DRAIN)) {
          drain.countDown();
        }
      }
    } catch (IOException e) {
      LOG.warn("standard input cannot be read", e);
    }
    Runtime.getRuntime().halt(ABANDONED);
  }

  private List<AegisClient> send(LedgerWriter writer, List<Entry> before)
      throws IOException, InterruptedException {
    Uuid7 ids = new Uuid7(Clock.systemUTC(), new SecureRandom());
    SplittableRandom random = new SplittableRandom(seed);
    List<AegisClient> clients = connect(agent -> AegisClient.connect(options(agent)));
    List<SendingAgent> senders = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      SendingAgent sender =
          new SendingAgent(
              i,
              clients.get(i),
              writer,
              open(i, before),
              recipients,
              perSecond,
              ids,
              random.split(),
              failure);
      senders.add(sender);
      threads.add(Thread.ofPlatform().name("chaos-sender-" + i).start(() -> guard(sender::run)));
    }
    awaitDrain();
    senders.forEach(SendingAgent::drain);
    for (Thread thread : threads) {
      thread.join();
    }
    checkAlive();
    return clients;
  }

  /// What an agent meant to send, and has no outcome of.
  private static List<Parcel> open(int agent, List<Entry> before) {
    Map<UUID, Parcel> open = new LinkedHashMap<>();
    for (Entry entry : before) {
      if (entry.agent() == agent) {
        switch (entry.what()) {
          case INTENDED -> open.put(entry.id(), new Parcel(entry.id(), entry.guarantee()));
          case PROMISED, REFUSED -> open.remove(entry.id());
          case BEGAN, HANDLED, CORRUPTED, CONFIRMED ->
              throw new IllegalStateException("the ledger of a receiver: " + entry);
        }
      }
    }
    return List.copyOf(open.values());
  }

  private List<AegisClient> receive(LedgerWriter writer, List<Entry> before)
      throws IOException, InterruptedException {
    writer.append(Entry.began()).join();
    List<AegisClient> clients =
        connect(agent -> {
          HandledLog log = new HandledLog(agents.indexOf(agent), writer, before);
          return AegisClient.connect(
              options(agent).withProcessedLog(log),
              client ->
                  client.on(
                      "*",
                      message -> {
                        if (message.message().guarantee().isDurable()) {
                          log.handle(message, Parcel.isIntact(message, recipients, agent));
                        }
                      }));
        });
    awaitDrain();
    checkAlive();
    return clients;
  }

  private ClientOptions options(String agent) throws IOException {
    return ClientOptions.of(
            urls.getFirst(),
            agent,
            Identity.load(keys.resolve(agent + ".key")),
            Identity.publicKey(gatewayKey))
        .withGateways(urls)
        .withTimeouts(CONNECT, CONNECT)
        .withBackoff(Duration.ofMillis(50), Duration.ofSeconds(1));
  }

  private interface Connect {
    AegisClient connect(String agent) throws IOException;
  }

  /// Connects every agent, however long the gateway is away.
  private List<AegisClient> connect(Connect connect) throws IOException {
    List<AegisClient> clients = new ArrayList<>();
    for (String agent : agents) {
      AegisClient client = null;
      while (client == null) {
        try {
          client = connect.connect(agent);
        } catch (NotConnectedException | ConnectionClosedException e) {
          // Also the latter: a gateway whose database is away lets nobody in, and cannot say why.
          LOG.info("{}", e.getMessage());
          LockSupport.parkNanos(AGAIN_NANOS);
        }
      }
      client
          .ended()
          .whenComplete((why, error) -> {
            if (drain.getCount() > 0) {
              failure.completeExceptionally(error == null ? why : error);
            }
          });
      clients.add(client);
    }
    return clients;
  }

  private void guard(Runnable agent) {
    try {
      agent.run();
    } catch (RuntimeException e) {
      failure.completeExceptionally(e);
    }
  }

  /// Returns when it is time to come to an end, or an agent cannot go on.
  private void awaitDrain() throws InterruptedException {
    failure.whenComplete((_, _) -> drain.countDown());
    drain.await();
  }

  private void checkAlive() throws IOException {
    if (failure.isCompletedExceptionally()) {
      try {
        failure.join();
      } catch (CompletionException e) {
        throw new IOException("an agent cannot go on", e.getCause());
      }
    }
  }
}
