package dev.aegis.gateway.router;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.Primitives;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Rates;
import dev.aegis.gateway.dispatch.Dispatchers;
import dev.aegis.gateway.dispatch.LaneBounds;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Login;
import dev.aegis.gateway.session.Outbox;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SocketConnection;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Agent;
import io.netty.channel.embedded.EmbeddedChannel;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A message to `*` where all its recipients are on one event loop.
class BroadcastTest {
  private long now = 1_000;
  private long epoch;
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<Told> times = new ArrayList<>();
  private final GatewayCounters counters =
      new GatewayCounters(
          (step, _, _, millis, messages) -> times.add(new Told(step, millis, messages)));
  private final Router router = router();
  private final Box alices = new Box(9);
  private final Session alice = open("alice", alices);

  /// What was told of how long messages took.
  private record Told(Transition step, long millis, long messages) {}

  /// An outbox with room for so many messages.
  private static final class Box implements Outbox {
    private final int room;
    private int messages;

    Box(int room) {
      this.room = room;
    }

    @Override
    public void control(byte[] envelope) {
      // The welcome.
    }

    @Override
    public boolean congested() {
      return false;
    }

    @Override
    public boolean choked() {
      return false;
    }

    @Override
    public boolean offer(Priority priority, byte[] envelope) {
      if (messages == room) {
        return false;
      }
      messages++;
      return true;
    }

    @Override
    public void flush() {
      // Nobody reads it.
    }

    @Override
    public void clear() {
      // Nobody writes it again.
    }
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
  }

  @Test
  void copiesAreCountedByWhatBecameOfThem() {
    Box bobs = new Box(9);
    Box carols = new Box(1);
    open("bob", bobs);
    open("carol", carols);
    open("dave", new Box(0));

    send(0);
    send(0);
    now += 5;
    channel.runPendingTasks();

    assertThat(bobs.messages).isEqualTo(2);
    assertThat(carols.messages).isEqualTo(1);
    assertThat(alices.messages).isZero();
    assertThat(counters.broadcasts().delivered()).isEqualTo(3);
    assertThat(counters.broadcasts().dropped()).isEqualTo(3);
    assertThat(counters.transitions(Transition.DELIVERED, Priority.NORMAL, Guarantee.BEST_EFFORT))
        .isEqualTo(3);
    assertThat(counters.refused(ErrorCode.MAILBOX_FULL)).isEqualTo(3);
  }

  @Test
  void howLongTheyTookIsToldOnceForAMessage() {
    open("bob", new Box(9));
    open("carol", new Box(1));

    send(0);
    now += 5;
    send(0);
    now += 2;
    channel.runPendingTasks();

    assertThat(times)
        .containsExactly(
            new Told(Transition.DELIVERED, 7, 2), new Told(Transition.DELIVERED, 2, 1));
  }

  @Test
  void whatRanOutOnItsWayIsDroppedForEach() {
    open("bob", new Box(9));
    open("carol", new Box(9));

    send(3);
    now += 3;
    channel.runPendingTasks();

    assertThat(counters.broadcasts().delivered()).isZero();
    assertThat(counters.broadcasts().dropped()).isEqualTo(2);
    assertThat(counters.transitions(Transition.EXPIRED, Priority.NORMAL, Guarantee.BEST_EFFORT))
        .isEqualTo(2);
    assertThat(times).isEmpty();
  }

  private void send(long ttlMillis) {
    byte[] message =
        EnvelopeCodec.encode(
            Message.builder(Kind.EVENT, UUID.randomUUID(), "alice", "*", "task")
                .guarantee(Guarantee.BEST_EFFORT)
                .ttlMillis(ttlMillis)
                .payload(new byte[8])
                .build());
    byte[] flight = new byte[Integer.BYTES + message.length];
    flight[3] = (byte) message.length;
    System.arraycopy(message, 0, flight, Integer.BYTES, message.length);
    router.flight(alice, flight, 0, flight.length);
  }

  private Session open(String agent, Outbox outbox) {
    Session session =
        new Session(
            new Login(
                agent,
                Primitives.portable().ed25519().generate(new SecureRandom()).verifyingKey(),
                0,
                0,
                0),
            new AgentAdmission("org", false),
            AgentLine.HASH,
            new byte[32],
            ++epoch,
            new SocketConnection(channel),
            outbox,
            now);
    router.opened(session);
    channel.runPendingTasks();
    return session;
  }

  private Router router() {
    return new Router(
        RouterSettings.defaults("test"),
        new JournalReports(
            new Dispatchers(LaneBounds.defaults()), counters, () -> Instant.ofEpochMilli(now)),
        new FakeJournal(),
        new NoMessages(),
        id -> Optional.of(new Agent(id, "org", new byte[32], 1, 0)),
        (_, _, _, _, _) -> {},
        null,
        new RateLimiter(Rates.defaults(), 100),
        new Uuid7(() -> Instant.ofEpochMilli(now), new SecureRandom()),
        Runnable::run,
        new FakeSubscriptions(),
        OtherNodes.NONE,
        TopicFabric.NONE,
        () -> Instant.ofEpochMilli(now),
        () -> now * 1_000_000);
  }
}
