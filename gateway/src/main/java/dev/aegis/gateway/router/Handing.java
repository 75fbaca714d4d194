package dev.aegis.gateway.router;

import dev.aegis.store.Accept;
import dev.aegis.store.Offer;
import dev.aegis.store.Outcome;
import dev.aegis.store.Progress;
import java.util.function.Consumer;

/// One message on its way from one mailbox into another, in two entries of the journal: the first
/// takes it out and names where it goes, the second puts it in there. The second follows only where
/// the first is on disk and counted, so at no time two agents have it. Where it ends in between,
/// the row of the first tells how to go on.
final class Handing implements Progress.Watcher {
  private final RouterContext context;
  private final Place from;
  private final Accept message;
  private final String target;
  private final Consumer<Handing> done;
  private volatile boolean counted;
  private volatile End end = End.NOT_LEFT;

  /// Where a message lies.
  record Place(String mailbox, long epoch, long sequence) {}

  /// How it ended.
  enum End {
    /// It is where it was, or was not there any more.
    NOT_LEFT,
    /// It has left, and is to be put in again.
    LEFT,
    ARRIVED,
    /// The sender used its id for another message to the target.
    CONFLICT
  }

  /// @param message as it came; its recipient does not matter
  /// @param done told once, on a thread of the journal; must not block
  Handing(
      RouterContext context, Place from, Accept message, String target, Consumer<Handing> done) {
    this.context = context;
    this.from = from;
    this.message = message;
    this.target = target;
    this.done = done;
  }

  Place from() {
    return from;
  }

  String target() {
    return target;
  }

  Accept message() {
    return message;
  }

  End end() {
    return end;
  }

  @Override
  public void counted(int messages) {
    counted = messages > 0;
  }

  /// Left, on disk.
  void left() {
    if (counted) {
      end = End.LEFT;
      arrive();
    } else {
      done.accept(this);
    }
  }

  /// The first entry was not kept.
  void notLeft() {
    done.accept(this);
  }

  /// Offers the second entry. The first is on disk.
  void arrive() {
    end = End.LEFT;
    Offer offer = context.journal().offer(message.to(target, new Origin.FromHanding(this)));
    if (offer != Offer.ACCEPTED) {
      done.accept(this);
    }
  }

  /// The second entry is on disk.
  void arrived(Outcome outcome) {
    end =
        switch (outcome) {
          case STORED, STORED_ELSEWHERE, DUPLICATE -> End.ARRIVED;
          case CONFLICT -> End.CONFLICT;
          case SETTLED -> throw new IllegalStateException("not a dead letter");
        };
    done.accept(this);
  }

  /// The second entry was not kept.
  void notArrived() {
    done.accept(this);
  }
}
