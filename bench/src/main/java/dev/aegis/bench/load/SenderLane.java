package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.util.concurrent.atomic.AtomicInteger;

/// One sender: makes its messages, keeps count of what is under way. Sends on the driver's thread;
/// [#release] may be called from any.
final class SenderLane {
  private final int index;
  private final int run;
  private final LoadPlan plan;
  private final Sender client;
  private final Routes routes;
  private final Ledger ledger;
  private final Measurements measurements;
  private final Runnable roomAgain;
  private final int window;
  private final AtomicInteger underWay = new AtomicInteger();
  private long messages;

  /// @param roomAgain called when half of the window has become free
  SenderLane(
      int index,
      int run,
      LoadPlan plan,
      Sender client,
      Ledger ledger,
      Measurements measurements,
      Runnable roomAgain) {
    this.index = index;
    this.run = run;
    this.plan = plan;
    this.client = client;
    this.routes = Routes.of(index, plan.senders(), plan.receivers(), plan.fanOut());
    this.ledger = ledger;
    this.measurements = measurements;
    this.roomAgain = roomAgain;
    this.window = plan.window() * plan.fanOut();
  }

  /// How many messages the window has room for.
  int room() {
    return Math.max(0, (window - underWay.get()) / plan.fanOut());
  }

  /// A message has come to an end. Any thread.
  void release() {
    int before = underWay.getAndDecrement();
    if (before == window / 2) {
      roomAgain.run();
    }
  }

  /// Nothing has moved for long: what is under way is given up, so that sending goes on.
  void writeOff() {
    ledger.writeOff(index);
    underWay.set(0);
  }

  boolean waits() {
    return underWay.get() > 0;
  }

  /// Sends the next message to its receivers.
  void send(long intendedNanos) {
    Priority priority = plan.mix().at(messages);
    if (plan.broadcasts()) {
      broadcast(priority, intendedNanos);
    } else {
      for (int copy = 0; copy < plan.fanOut(); copy++) {
        sendTo(routes.receiver(messages, copy), priority, intendedNanos);
      }
    }
    messages++;
  }

  private void sendTo(int receiver, Priority priority, long intendedNanos) {
    Stream stream = ledger.stream(index, receiver);
    int number = stream.send();
    underWay.incrementAndGet();
    boolean absent = receiver >= plan.presentReceivers();
    Sender.Outcome outcome =
        new Sender.Outcome() {
          @Override
          public void accepted() {
            if (plan.guarantee().isDurable()) {
              measurements.stored(index, priority, intendedNanos, System.nanoTime());
            }
            if (absent ? stream.acceptForAbsent(number) : stream.accept(number)) {
              release();
            }
          }

          @Override
          public void refused() {
            SenderLane.this.refused(stream, number);
          }

          @Override
          public void processed() {
            measurements.processed();
          }
        };
    if (!client.send(receiver, priority, payload(number, intendedNanos), outcome)) {
      measurements.unsent();
      refused(stream, number);
    }
  }

  private void refused(Stream stream, int number) {
    if (stream.refuse(number)) {
      release();
    }
  }

  /// One envelope; the streams to all receivers keep step.
  private void broadcast(Priority priority, long intendedNanos) {
    int number = 0;
    for (int receiver = 0; receiver < plan.receivers(); receiver++) {
      number = ledger.stream(index, receiver).send();
    }
    int same = number;
    underWay.addAndGet(plan.receivers());
    Sender.Outcome outcome =
        new Sender.Outcome() {
          @Override
          public void accepted() {
            broadcastEnded(same, true);
          }

          @Override
          public void refused() {
            broadcastEnded(same, false);
          }

          @Override
          public void processed() {} // nobody says so of a best-effort message
        };
    if (!client.broadcast(priority, payload(same, intendedNanos), outcome)) {
      measurements.unsent();
      broadcastEnded(same, false);
    }
  }

  private void broadcastEnded(int number, boolean accepted) {
    for (int receiver = 0; receiver < plan.receivers(); receiver++) {
      Stream stream = ledger.stream(index, receiver);
      if (!accepted) {
        refused(stream, number);
      } else if (stream.accept(number)) {
        release();
      }
    }
  }

  private byte[] payload(int number, long intendedNanos) {
    return new Stamp(run, index, number, intendedNanos).payload(plan.bytes());
  }
}
