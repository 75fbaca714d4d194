package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// Remembers what came, and can be made to stand still.
final class RecordingFabricListener implements FabricListener {
  final List<Received> received =
      java.util.Collections.synchronizedList(new java.util.ArrayList<>());
  final List<Published> published = new CopyOnWriteArrayList<>();
  final AtomicInteger inboxesLost = new AtomicInteger();
  private volatile CountDownLatch gate = new CountDownLatch(0);

  record Received(long from, Priority priority, String text) {}

  record Published(String channel, String text) {}

  void stop() {
    gate = new CountDownLatch(1);
  }

  void goOn() {
    gate.countDown();
  }

  @Override
  public void received(long from, Priority priority, List<byte[]> flights) {
    try {
      gate.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return;
    }
    for (byte[] each : flights) {
      received.add(new Received(from, priority, new String(each, StandardCharsets.UTF_8)));
    }
  }

  @Override
  public void published(String channel, byte[] flight) {
    published.add(new Published(channel, new String(flight, StandardCharsets.UTF_8)));
  }

  @Override
  public void inboxLost() {
    inboxesLost.incrementAndGet();
  }

  List<Received> all() {
    synchronized (received) {
      return List.copyOf(received);
    }
  }

  List<String> texts() {
    return all().stream().map(Received::text).toList();
  }

  List<String> texts(long from, Priority priority) {
    return all().stream()
        .filter(each -> each.from() == from && each.priority() == priority)
        .map(Received::text)
        .toList();
  }
}
