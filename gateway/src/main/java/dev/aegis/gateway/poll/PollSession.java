package dev.aegis.gateway.poll;

import dev.aegis.gateway.session.Connection;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.FlightWriter;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The session of one agent that polls. One call for messages waits at a time, the newest. What was
/// handed out is on its way, as over a socket: it comes again when its time to be acknowledged is
/// up, or when the session ends. Confined to its loop.
final class PollSession implements Connection {
  private static final int MAX_GAPS = 1_000;

  private final EventLoop loop;
  private final SessionListener listener;
  private final Promise<Void> closed;
  private final PollOutbox outbox;
  private final List<Control.Gap> gaps = new ArrayList<>();
  private final List<Ack> acks = new ArrayList<>();
  private final ArrayDeque<Runnable> beforeWelcome = new ArrayDeque<>();
  private final Set<Long> handedOut = new HashSet<>();
  private final Session session;
  private final Consumer<PollSession> onEnd;
  private @Nullable Waiting waiting;
  private boolean welcome;
  private long mailboxEpoch;
  private long lastUseNanos = System.nanoTime();
  private volatile boolean active = true;

  /// A call that waits for messages.
  private record Waiting(int limit, CompletableFuture<Poll> result, ScheduledFuture<?> timeUp) {}

  /// Acknowledgements whose confirmation is awaited.
  private record Ack(long epoch, TreeSet<Long> sequences, CompletableFuture<Answered> result) {}

  /// @param make makes the session of this connection and outbox
  /// @param onEnd run once, when the session has ended
  PollSession(
      EventLoop loop,
      SessionListener listener,
      Function<PollSession, Session> make,
      Consumer<PollSession> onEnd) {
    this.loop = loop;
    this.listener = listener;
    this.closed = loop.newPromise();
    this.outbox = new PollOutbox(this::told, this::flushed);
    this.onEnd = onEnd;
    this.session = make.apply(this);
  }

  PollOutbox outbox() {
    return outbox;
  }

  Session session() {
    return session;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public boolean pulls() {
    return true;
  }

  @Override
  public void reading(boolean on) {} // every call carries one envelope

  @Override
  public Future<?> closed() {
    return closed;
  }

  /// Hands out what there is, or waits for it.
  void poll(int limit, long waitMillis, CompletableFuture<Poll> result) {
    lastUseNanos = System.nanoTime();
    if (!active) {
      result.complete(new Poll.Ended(endedBy()));
      return;
    }
    answerPoll(); // whoever waits so far
    ScheduledFuture<?> timeUp = loop.schedule(this::answerPoll, waitMillis, TimeUnit.MILLISECONDS);
    waiting = new Waiting(limit, result, timeUp);
    if (outbox.isEmpty()) {
      listener.wants(session, limit);
    }
    flushed();
  }

  /// Everything is there that goes together.
  private void flushed() {
    if (!outbox.isEmpty()) {
      answerPoll();
    }
  }

  private void answerPoll() {
    Waiting asked = waiting;
    if (asked == null) {
      return;
    }
    waiting = null;
    asked.timeUp.cancel(false);
    listener.wants(session, 0);
    List<Control.Delivery> deliveries = outbox.take(asked.limit);
    for (Control.Delivery delivery : deliveries) {
      if (delivery.mailboxEpoch() != 0) { // a durable one
        mailboxEpoch = delivery.mailboxEpoch();
        handedOut.add(delivery.sequence());
      }
    }
    asked.result.complete(new Poll.Messages(mailboxEpoch, deliveries, gaps));
    gaps.clear();
    lastUseNanos = System.nanoTime();
  }

  /// Passes on that these are processed; complete once that is on disk.
  void processed(long epoch, SequenceRanges sequences, CompletableFuture<Answered> result) {
    lastUseNanos = System.nanoTime();
    onceWelcome(
        () -> {
          if (isOther(epoch)) {
            result.complete(new Answered.NotOnItsWay());
            return;
          }
          TreeSet<Long> awaited = new TreeSet<>();
          for (int i = 0; i < sequences.count(); i++) {
            for (long s = sequences.first(i); s <= sequences.last(i); s++) {
              awaited.add(s);
            }
          }
          acks.add(new Ack(epoch, awaited, result));
          handedOut.removeAll(awaited);
          pass(new Control.Ack(Stage.PROCESSED, epoch, sequences));
        },
        result);
  }

  /// Passes on that this one is being worked on, so that it is left in peace for longer.
  void working(long epoch, long sequence, CompletableFuture<Answered> result) {
    passIfOnItsWay(
        epoch,
        sequence,
        new Control.Ack(Stage.DELIVERED, epoch, SequenceRanges.of(sequence)),
        result);
  }

  /// Passes on that this one could not be handled.
  void failed(Control.Nack nack, CompletableFuture<Answered> result) {
    passIfOnItsWay(nack.mailboxEpoch(), nack.sequence(), nack, result);
  }

  private void passIfOnItsWay(
      long epoch, long sequence, Control envelope, CompletableFuture<Answered> result) {
    lastUseNanos = System.nanoTime();
    onceWelcome(
        () -> {
          boolean out =
              envelope instanceof Control.Nack
                  ? handedOut.remove(sequence)
                  : handedOut.contains(sequence);
          if (isOther(epoch) || !out) {
            result.complete(new Answered.NotOnItsWay());
            return;
          }
          pass(envelope);
          result.complete(new Answered.Taken());
        },
        result);
  }

  /// Whether it is not the mailbox's; while it was never used, that is not known.
  private boolean isOther(long epoch) {
    return mailboxEpoch != 0 && mailboxEpoch != epoch;
  }

  private void onceWelcome(Runnable then, CompletableFuture<Answered> result) {
    if (!active) {
      result.complete(new Answered.Ended(endedBy()));
    } else if (welcome) {
      then.run();
    } else {
      beforeWelcome.add(() -> {
        if (active) {
          then.run();
        } else {
          result.complete(new Answered.Ended(endedBy()));
        }
      });
    }
  }

  private void pass(Control envelope) {
    byte[] bytes = EnvelopeCodec.encode(envelope);
    byte[] flight =
        ByteBuffer.allocate(FlightWriter.itemBytes(bytes.length))
            .putInt(bytes.length)
            .put(bytes)
            .array();
    listener.flight(session, flight, 0, flight.length);
  }

  /// What a socket would carry to the agent.
  private void told(Control envelope) {
    switch (envelope) {
      case Control.Welcome told -> {
        welcome = true;
        mailboxEpoch = told.mailboxEpoch();
        loop.execute(this::runAllBeforeWelcome); // the mailbox begins behind its welcome
      }
      case Control.Confirm(Stage stage, long epoch, SequenceRanges sequences) -> {
        handedOut.removeIf(sequences::contains);
        if (stage == Stage.PROCESSED) {
          confirmed(epoch, sequences);
        }
      }
      case Control.Gap gap -> {
        if (gaps.size() < MAX_GAPS) { // the rest shows in the messages' status
          gaps.add(gap);
        }
        handedOut.removeIf(gap.sequences()::contains);
        confirmed(gap.mailboxEpoch(), gap.sequences()); // it has ended, if not so
      }
      case Control.Goodbye _ -> session.close(CloseCode.GOING_AWAY);
      // Whoever sends over REST asks for what became of a message.
      case Control.Receipt _, Control.Refusal _, Control.Credit _, Control.Heartbeat _ -> {}
      case Control.Ack _,
          Control.Nack _,
          Control.Cancel _,
          Control.Progressing _,
          Control.Subscribe _,
          Control.Unsubscribe _,
          Control.WindowSignature _,
          Control.Delivery _ -> {}
    }
  }

  private void runAllBeforeWelcome() {
    for (Runnable next = beforeWelcome.poll(); next != null; next = beforeWelcome.poll()) {
      next.run();
    }
  }

  private void confirmed(long epoch, SequenceRanges sequences) {
    Iterator<Ack> each = acks.iterator();
    while (each.hasNext()) {
      Ack ack = each.next();
      if (ack.epoch != epoch) {
        continue;
      }
      for (int i = 0; i < sequences.count(); i++) {
        ack.sequences.subSet(sequences.first(i), true, sequences.last(i), true).clear();
      }
      if (ack.sequences.isEmpty()) {
        each.remove();
        ack.result.complete(new Answered.Taken());
      }
    }
  }

  /// Ends a session that nobody has used for so long and that has nothing on its way.
  void endIfIdle(long idleNanos) {
    boolean used = waiting != null || !acks.isEmpty() || !beforeWelcome.isEmpty();
    if (active
        && !used
        && System.nanoTime() - lastUseNanos > idleNanos
        && listener.onItsWay(session) == 0) {
      session.close(CloseCode.NORMAL);
    }
  }

  @Override
  public void close(CloseCode code) {
    if (!active) {
      return;
    }
    active = false;
    onEnd.accept(this);
    listener.closed(session, code);
    Waiting asked = waiting;
    waiting = null;
    if (asked != null) {
      asked.timeUp.cancel(false);
      asked.result.complete(new Poll.Ended(code));
    }
    acks.forEach(ack -> ack.result.complete(new Answered.Ended(code)));
    acks.clear();
    runAllBeforeWelcome();
    closed.setSuccess(null);
  }

  private CloseCode endedBy() {
    CloseCode code = session.closeCode();
    return code == null ? CloseCode.NORMAL : code;
  }
}
