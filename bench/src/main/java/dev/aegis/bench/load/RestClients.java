package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Clients whose senders are not connected: they have an API key and send over REST, as many
/// requests side by side as their window allows. The others are as in any run.
public final class RestClients extends ForwardingClients {
  private final GatewayAccess gateway;
  private final String run;
  private final Guarantee guarantee;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http;

  /// @param agents that receive, under names that begin with the run's
  /// @param gateway that senders send to
  public RestClients(Clients agents, GatewayAccess gateway, String run, Guarantee guarantee)
      throws IOException {
    super(agents);
    this.gateway = gateway;
    this.run = run;
    this.guarantee = guarantee;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(threads)
            .sslContext(gateway.trust())
            .build();
  }

  @Override
  public List<? extends Sender> connectSenders(int from, int until) throws IOException {
    List<RestSender> senders = new ArrayList<>();
    for (int i = from; i < until; i++) {
      senders.add(
          new RestSender(
              http,
              gateway.url(),
              gateway.apiKey(run + "-s" + i),
              guarantee,
              new Names(receiver -> run + "-r" + receiver)));
    }
    return senders;
  }

  @Override
  public void close() throws IOException {
    try {
      http.close();
      threads.close();
    } finally {
      super.close();
    }
  }
}
