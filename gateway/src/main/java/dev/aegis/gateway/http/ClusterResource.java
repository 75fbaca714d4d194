package dev.aegis.gateway.http;

import dev.aegis.gateway.cluster.ClusterStatus;
import java.util.List;

/// The nodes of the cluster, for whoever holds the admin token. Blocking.
final class ClusterResource implements Resource {
  private final ClusterStatus cluster;

  ClusterResource(ClusterStatus cluster) {
    this.cluster = cluster;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/admin/cluster", _ -> Reply.json(200, cluster.full())).needs(Scope.AGENTS_READ));
  }
}
