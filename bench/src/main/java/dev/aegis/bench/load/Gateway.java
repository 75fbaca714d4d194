package dev.aegis.bench.load;

import dev.aegis.bench.server.GatewayAccess;
import dev.aegis.protocol.Guarantee;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Aegis under load.
///
/// @param access its gateway
/// @param pid its process on this machine, 0 for none
/// @param lasts whether it goes on after the run, so that its agents have to be revoked
public record Gateway(GatewayAccess access, long pid, boolean lasts, Way way) implements Broker {
  /// With agents at both ends.
  public Gateway(GatewayAccess access, long pid, boolean lasts) {
    this(access, pid, lasts, Way.AGENTS);
  }

  @Override
  public Clients clients(String run, Guarantee guarantee, int threads) throws IOException {
    Clients clients = new Fleet(access, run, guarantee, threads, lasts);
    if (way.webhooks()) {
      clients = new WebhookClients(clients, access, run, threads);
    }
    return way.rest() ? new RestClients(clients, access, run, guarantee) : clients;
  }

  @Override
  public Map<String, Double> work() throws IOException {
    Map<String, Double> metrics = access.metrics();
    Map<String, Double> work = new LinkedHashMap<>();
    work.put("records", sum(metrics, "aegis_records_received_total", "aegis_records_sent_total"));
    work.put(
        "transactions",
        sum(metrics, "aegis_journal_commits_total", "aegis_journal_row_transactions_total"));
    work.put("allocatedBytes", sum(metrics, "aegis_allocated_bytes_total"));
    work.put("socketCalls", sum(metrics, "aegis_socket_reads_total", "aegis_socket_flushes_total"));
    work.put("agentBytesIn", sum(metrics, "aegis_records_received_bytes_total"));
    return work;
  }

  private static double sum(Map<String, Double> metrics, String... names) {
    return Arrays.stream(names).mapToDouble(name -> metrics.getOrDefault(name, 0.0)).sum();
  }

  @Override
  public Map<String, Long> refusals() throws IOException {
    return access.refusals();
  }

  @Override
  public boolean tellsProcessed() {
    return !way.rest();
  }
}
