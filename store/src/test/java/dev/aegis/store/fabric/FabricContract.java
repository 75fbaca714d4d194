package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.aegis.protocol.Priority;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What every fabric promises.
abstract class FabricContract {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final AtomicInteger CLUSTERS = new AtomicInteger();
  private static final FabricLimits LIMITS = FabricLimits.defaults();

  /// Each test has a cluster of its own.
  final String cluster = "test-" + CLUSTERS.incrementAndGet();

  private final List<Fabric> opened = new ArrayList<>();

  /// A node of the test's cluster.
  abstract Fabric openNode(FabricNode node, FabricLimits limits, FabricListener listener);

  /// Ends a node as a crash would, as far as there is such a thing.
  abstract void crash(Fabric fabric);

  final Fabric open(long id, FabricLimits limits, FabricListener listener) {
    Fabric fabric = openNode(new FabricNode(cluster, id), limits, listener);
    opened.add(fabric);
    return fabric;
  }

  final Fabric open(long id, FabricListener listener) {
    return open(id, LIMITS, listener);
  }

  @AfterEach
  void closeAll() {
    opened.forEach(Fabric::close);
  }

  @Test
  void keepsTheOrderOfOneSenderAndClass() {
    RecordingFabricListener listener = new RecordingFabricListener();
    open(3, listener);
    List<Fabric> senders =
        List.of(open(1, new RecordingFabricListener()), open(2, new RecordingFabricListener()));
    List<CompletionStage<SendResult>> sent = new ArrayList<>();
    int count = 2_000;
    for (int i = 0; i < count; i++) {
      for (Fabric sender : senders) {
        sent.add(sender.send(3, Priority.HIGH, bytes("h" + i)));
        sent.add(sender.send(3, Priority.LOW, bytes("l" + i)));
      }
    }
    assertThat(sent.stream().map(FabricContract::result)).containsOnly(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.received.size() == 4 * count);
    for (long sender = 1; sender <= 2; sender++) {
      assertThat(listener.texts(sender, Priority.HIGH)).isEqualTo(numbered("h", count));
      assertThat(listener.texts(sender, Priority.LOW)).isEqualTo(numbered("l", count));
    }
  }

  @Test
  void sendsToItselfAsToAnyOther() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric fabric = open(1, listener);
    assertThat(result(fabric.send(1, Priority.NORMAL, bytes("me")))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.texts().equals(List.of("me")));
  }

  @Test
  void bringsTheLongestFlightAndRefusesALongerOrAnEmptyOne() {
    List<byte[]> came = new java.util.concurrent.CopyOnWriteArrayList<>();
    open(
        2,
        new Listening() {
          @Override
          public void received(long from, Priority priority, List<byte[]> flights) {
            came.addAll(flights);
          }
        });
    Fabric fabric = open(1, new RecordingFabricListener());
    byte[] longest = new byte[Fabric.MAX_FLIGHT_BYTES];
    new java.util.Random(1).nextBytes(longest);
    assertThat(result(fabric.send(2, Priority.NORMAL, longest))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> came.size() == 1);
    assertThat(came.getFirst()).isEqualTo(longest);
    assertThatThrownBy(() -> fabric.send(2, Priority.NORMAL, new byte[longest.length + 1]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> fabric.send(2, Priority.NORMAL, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> fabric.publish("c", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void answersNoInboxForANodeThatIsNotThere() {
    Fabric fabric = open(1, new RecordingFabricListener());
    assertThat(result(fabric.send(99, Priority.CRITICAL, bytes("x"))))
        .isEqualTo(SendResult.NO_INBOX);
    assertThat(fabric.state().noInbox()).isEqualTo(1);
  }

  @Test
  void answersFullAtTheBoundAndTakesAgainOnceItIsDrained() {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    Fabric reader = open(2, LIMITS.withInbox(8, 1 << 20), listener);
    Fabric sender = open(1, LIMITS.withInbox(8, 1 << 20), new RecordingFabricListener());
    List<String> accepted = new ArrayList<>();
    SendResult last = SendResult.SENT;
    for (int i = 0; i < 1_000 && last == SendResult.SENT; i++) {
      last = result(sender.send(2, Priority.NORMAL, bytes("n" + i)));
      if (last == SendResult.SENT) {
        accepted.add("n" + i);
      }
    }
    assertThat(last).isEqualTo(SendResult.FULL);
    assertThat(result(sender.send(2, Priority.HIGH, bytes("other class"))))
        .isEqualTo(SendResult.SENT);

    listener.goOn();
    await().atMost(PATIENCE).until(() -> listener.received.size() == accepted.size() + 1);
    assertThat(listener.texts(1, Priority.NORMAL)).isEqualTo(accepted);
    await()
        .atMost(PATIENCE)
        .until(() -> result(sender.send(2, Priority.NORMAL, bytes("again"))) == SendResult.SENT);
    await().atMost(PATIENCE).until(() -> listener.texts().contains("again"));
    assertThat(sender.state().full()).isPositive();
    assertThat(reader.state().receivedFlights()).isGreaterThanOrEqualTo(accepted.size() + 2L);
  }

  @Test
  void answersFullAtTheBoundInBytes() {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    FabricLimits limits = LIMITS.withInbox(1 << 20, 64 << 10);
    open(2, limits, listener);
    Fabric sender = open(1, limits, new RecordingFabricListener());
    int sent = 0;
    while (sent < 1_000
        && result(sender.send(2, Priority.NORMAL, new byte[4 << 10])) == SendResult.SENT) {
      sent++;
    }
    assertThat(sent).isBetween(14, 16 + 17); // a reader may hold a round of its own
    listener.goOn();
    int total = sent;
    await().atMost(PATIENCE).until(() -> listener.received.size() == total);
    assertThat(result(sender.send(2, Priority.NORMAL, new byte[4 << 10])))
        .isEqualTo(SendResult.SENT);
  }

  @Test
  void readsHigherClassesFirstAndLeavesLowOnesAShare() {
    RecordingFabricListener listener = new RecordingFabricListener();
    listener.stop();
    FabricLimits small = new FabricLimits(1 << 16, 64 << 20, 1 << 10, 1 << 13, 64 << 20, 64 << 20);
    open(2, small, listener);
    Fabric sender = open(1, small, new RecordingFabricListener());
    List<CompletionStage<SendResult>> sent = new ArrayList<>();
    String filling = "x".repeat(1_000); // one a entry
    int count = 320;
    for (int i = 0; i < count; i++) {
      sent.add(sender.send(2, Priority.LOW, bytes(i + filling)));
    }
    assertThat(sent.stream().map(FabricContract::result)).containsOnly(SendResult.SENT);
    sent.clear();
    for (int i = 0; i < count; i++) {
      sent.add(sender.send(2, Priority.CRITICAL, bytes(i + filling)));
    }
    assertThat(sent.stream().map(FabricContract::result)).containsOnly(SendResult.SENT);
    listener.goOn();
    await().atMost(PATIENCE).until(() -> listener.received.size() == 2 * count);
    List<Priority> order =
        listener.all().stream().map(RecordingFabricListener.Received::priority).toList();
    int lastCritical = order.lastIndexOf(Priority.CRITICAL);
    long lowBefore = order.subList(0, lastCritical).stream().filter(p -> p == Priority.LOW).count();
    assertThat(lowBefore).as("low ones before the last critical one").isBetween(20L, 320L - 1);
    long lowAtTheEnd =
        order.subList(lastCritical, order.size()).stream().filter(p -> p == Priority.LOW).count();
    assertThat(lowAtTheEnd).as("low ones behind the last critical one").isPositive();
  }

  @Test
  void goesOnWhenTheListenerThrows() {
    List<String> came = new java.util.concurrent.CopyOnWriteArrayList<>();
    Fabric reader =
        open(
            2,
            new Listening() {
              @Override
              public void received(long from, Priority priority, List<byte[]> flights) {
                if (flights.getFirst()[0] == '!') {
                  throw new IllegalStateException("planted");
                }
                flights.forEach(each -> came.add(new String(each, StandardCharsets.UTF_8)));
              }
            });
    Fabric sender = open(1, new RecordingFabricListener());
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("!")))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> reader.state().listenerFailures() == 1);
    assertThat(result(sender.send(2, Priority.NORMAL, bytes("a")))).isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> came.equals(List.of("a")));
  }

  @Test
  void fencesClaimsByTheirEpoch() {
    Fabric one = open(1, new RecordingFabricListener());
    Fabric two = open(2, new RecordingFabricListener());
    Holder first = new Holder(1, 5);
    long high = Long.MAX_VALUE - 1; // beyond what a double tells apart from its neighbours
    Holder second = new Holder(2, high);

    assertThat(get(one.find("a"))).isEmpty();
    assertThat(get(one.claim("a", 5))).isEqualTo(new Claim.Held(Optional.empty()));
    assertThat(get(two.find("a"))).contains(first);
    assertThat(get(one.claim("a", 5))).isEqualTo(new Claim.Held(Optional.of(first)));
    assertThat(get(two.claim("a", 5))).isEqualTo(new Claim.Fenced(first));
    assertThat(get(two.claim("a", 4))).isEqualTo(new Claim.Fenced(first));
    assertThat(get(two.claim("a", high))).isEqualTo(new Claim.Held(Optional.of(first)));
    assertThat(get(one.claim("a", high - 1))).isEqualTo(new Claim.Fenced(second));
    get(one.release("a", 5));
    get(two.release("a", high - 1));
    assertThat(get(one.find("a"))).contains(second);
    get(two.release("a", high));
    assertThat(get(one.find("a"))).isEmpty();
  }

  @Test
  void claimsTenThousandAtOnce() {
    Fabric one = open(1, new RecordingFabricListener());
    Fabric two = open(2, new RecordingFabricListener());
    int count = 10_000;
    List<CompletionStage<Claim>> claims =
        IntStream.range(0, count).mapToObj(i -> one.claim("agent-" + i, 1)).toList();
    assertThat(claims.stream().map(FabricContract::get))
        .containsOnly(new Claim.Held(Optional.empty()));
    assertThat(get(two.find("agent-0"))).contains(new Holder(1, 1));
    assertThat(get(two.find("agent-" + (count - 1)))).contains(new Holder(1, 1));
    assertThat(one.state().claims()).isEqualTo(count);
  }

  @Test
  void publishesToAllOtherSubscribersAndNotToItself() {
    List<RecordingFabricListener> listeners = new ArrayList<>();
    List<Fabric> nodes = new ArrayList<>();
    for (int id = 1; id <= 3; id++) {
      listeners.add(new RecordingFabricListener());
      nodes.add(open(id, listeners.getLast()));
      for (int channel = 0; channel < 8; channel++) {
        assertThat(get(nodes.getLast().subscribe("channel-" + channel))).isTrue();
      }
    }
    RecordingFabricListener stranger = new RecordingFabricListener();
    open(4, stranger);
    for (int channel = 0; channel < 8; channel++) {
      assertThat(result(nodes.getFirst().publish("channel-" + channel, bytes("p" + channel))))
          .isEqualTo(SendResult.SENT);
    }
    for (RecordingFabricListener other : listeners.subList(1, 3)) {
      await().atMost(PATIENCE).until(() -> other.published.size() == 8);
      assertThat(other.published)
          .contains(new RecordingFabricListener.Published("channel-7", "p7"));
    }
    assertThat(get(nodes.get(1).unsubscribe("channel-0"))).isTrue();
    assertThat(result(nodes.get(2).publish("channel-0", bytes("later"))))
        .isEqualTo(SendResult.SENT);
    await().atMost(PATIENCE).until(() -> !listeners.getFirst().published.isEmpty());
    assertThat(listeners.getFirst().published)
        .containsExactly(new RecordingFabricListener.Published("channel-0", "later"));
    assertThat(listeners.get(1).published).hasSize(8);
    assertThat(stranger.published).isEmpty();
  }

  @Test
  void keepsTheOrderOfAPublisher() {
    RecordingFabricListener listener = new RecordingFabricListener();
    Fabric reader = open(1, listener);
    Fabric publisher = open(2, new RecordingFabricListener());
    assertThat(get(reader.subscribe("c"))).isTrue();
    for (int i = 0; i < 1_000; i++) {
      publisher.publish("c", bytes("n" + i));
    }
    await().atMost(PATIENCE).until(() -> listener.published.size() == 1_000);
    assertThat(listener.published.stream().map(RecordingFabricListener.Published::text))
        .isEqualTo(numbered("n", 1_000));
  }

  @Test
  void dropsTheInboxOfADeadNode() {
    Fabric dead = open(2, new RecordingFabricListener());
    Fabric heir = open(1, new RecordingFabricListener());
    assertThat(result(heir.send(2, Priority.NORMAL, bytes("x")))).isEqualTo(SendResult.SENT);
    crash(dead);
    assertThat(get(heir.dropInbox(2))).isTrue();
    assertThat(result(heir.send(2, Priority.NORMAL, bytes("x")))).isEqualTo(SendResult.NO_INBOX);
  }

  @Test
  void closeEndsItsInboxItsClaimsAndItsThreads() {
    RecordingFabricListener stuck = new RecordingFabricListener();
    stuck.stop();
    Fabric closing = open(4711, stuck);
    Fabric other = open(1, new RecordingFabricListener());
    get(closing.claim("a", 1));
    assertThat(result(other.send(4711, Priority.NORMAL, bytes("x")))).isEqualTo(SendResult.SENT);
    assertThat(closing.state().up()).isTrue();

    closing.close();

    assertThat(closing.state().up()).isFalse();
    assertThat(result(other.send(4711, Priority.NORMAL, bytes("x"))))
        .isEqualTo(SendResult.NO_INBOX);
    assertThat(get(other.find("a"))).isEmpty();
    assertThat(result(closing.send(1, Priority.NORMAL, bytes("x"))))
        .isEqualTo(SendResult.UNAVAILABLE);
    await()
        .atMost(PATIENCE)
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(each -> each.getName().matches("aegis-fabric-.*-4711")));
  }

  /// A listener that a test fills in.
  abstract static class Listening implements FabricListener {
    @Override
    public void published(String channel, byte[] flight) {}

    @Override
    public void inboxLost() {}
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static List<String> numbered(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  static SendResult result(CompletionStage<SendResult> stage) {
    return get(stage);
  }

  static <T> T get(CompletionStage<T> stage) {
    CompletableFuture<T> future = stage.toCompletableFuture();
    return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }
}
