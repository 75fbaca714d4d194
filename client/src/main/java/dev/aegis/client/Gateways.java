package dev.aegis.client;

import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/// The gateways that a client may connect to, in a random order, so that the clients of a cluster
/// spread over its nodes; one after the other, so that none is tried again before all others were.
/// Confined to one thread.
final class Gateways {
  private final List<URI> order;
  private int at;

  /// @param urls at least one
  Gateways(List<URI> urls, RandomGenerator random) {
    this.order = new ArrayList<>(urls);
    for (int last = order.size() - 1; last > 0; last--) {
      Collections.swap(order, last, random.nextInt(last + 1));
    }
  }

  /// The one to connect to.
  URI current() {
    return order.get(at);
  }

  /// The next try is with another one, if there is any.
  void advance() {
    at = (at + 1) % order.size();
  }
}
