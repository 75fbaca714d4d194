package dev.aegis.gateway.router;

import dev.aegis.gateway.topics.Audience;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Accept;
import dev.aegis.store.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A durable message to a topic: a copy for the mailbox of each agent with a durable subscription,
/// and one answer to the sender once all are on disk. Then, unless all were there before, it also
/// goes best-effort to the connected agents whose subscription is not durable.
///
/// A mailbox that is full misses its copy, which the sender is told; where all are full, nothing is
/// stored. If the journal does not take, or loses, one of the copies, the message counts as
/// refused: sent again under its id, those that were stored are found to be repeats, and the rest
/// follows.
///
/// Begun on one thread; what becomes of the copies is told on any.
final class StoredPublication {
  private final RouterContext context;
  private final Publication publication;
  private final byte[] envelope;
  private final Audience audience;
  private final Executor home;
  private final Consumer<Result> done;
  private final Queue<String> missed = new ConcurrentLinkedQueue<>();
  private final AtomicInteger open = new AtomicInteger(1);
  private final AtomicInteger copies = new AtomicInteger();
  private final AtomicBoolean news = new AtomicBoolean();
  private final AtomicReference<@Nullable Refused> refused = new AtomicReference<>();

  /// What became of it.
  ///
  /// @param refused why it counts as refused, or null
  /// @param copies how many are on disk, those that were there before included
  /// @param repeat whether all of them were there before
  /// @param missed whose mailbox was full
  record Result(@Nullable Refused refused, int copies, boolean repeat, List<String> missed) {
    Result {
      missed = List.copyOf(missed);
    }
  }

  /// @param envelope the whole of it, of the caller's own; kept
  /// @param home where it ends: not on the journal's thread, if there are many to tell
  /// @param done told once, there
  StoredPublication(
      RouterContext context,
      String organization,
      String topic,
      RoutingHeader header,
      byte[] envelope,
      Executor home,
      Consumer<Result> done) {
    this.context = context;
    this.publication = new Publication(context, organization, topic, header, envelope, 0);
    this.envelope = envelope;
    this.audience = publication.audience();
    this.home = home;
    this.done = done;
  }

  /// Hands the copies to the journal.
  ///
  /// @param window the signing window that covers the message, with its leaf in it; or null
  void store(@Nullable UUID window, int leaf) {
    RoutingHeader header = publication.header();
    context.topics().counters().countPublished(header.guarantee(), !audience.isEmpty());
    List<String> recipients = new ArrayList<>(audience.stored().size());
    for (String agent : audience.stored()) {
      (context.gate().mailbox(agent) == null ? recipients : missed).add(agent);
    }
    context.topics().counters().countMissed(missed.size());
    if (recipients.isEmpty() && !missed.isEmpty()) {
      refused.set(everyMailboxFull());
    } else {
      offer(recipients, window, leaf);
    }
    settled();
  }

  private Refused everyMailboxFull() {
    return context.gate().retryable(ErrorCode.MAILBOX_FULL, "every subscriber's mailbox is full");
  }

  private void offer(List<String> recipients, @Nullable UUID window, int leaf) {
    RoutingHeader header = publication.header();
    long now = context.gate().nowMillis();
    long digest = window == null ? Unsigned.digest(envelope) : Accept.digestOf(envelope);
    for (String recipient : recipients) {
      Accept.Builder accept =
          Signing.accept(
                  header, recipient, envelope, now, new Origin.FromTopic(this, header.flags()))
              .digest(digest);
      if (window != null) {
        accept.window(window, leaf);
      }
      open.incrementAndGet();
      Refused why = context.gate().journal(context.journal().offer(accept.build()));
      if (why != null) {
        refused(why);
        return; // what follows would hardly fare better, and the sender sends it all again
      }
    }
  }

  /// One copy is on disk.
  void stored(Outcome outcome) {
    copies.incrementAndGet();
    if (outcome != Outcome.DUPLICATE) {
      news.set(true);
    }
    settled();
  }

  /// A mailbox, at another node, turned out to be full.
  void missed(String recipient) {
    missed.add(recipient);
    context.topics().counters().countMissed(1);
    settled();
  }

  /// One copy will not be.
  void refused(Refused why) {
    refused.compareAndSet(null, why);
    settled();
  }

  private void settled() {
    if (open.decrementAndGet() == 0) {
      home.execute(this::finish);
    }
  }

  private void finish() {
    Refused why = refused.get();
    if (why == null && copies.get() == 0 && !missed.isEmpty()) {
      why = everyMailboxFull();
    }
    boolean repeat = copies.get() > 0 && !news.get();
    context.topics().counters().countStored(copies.get());
    if (why != null) {
      context.counters().countRefused(why.code());
    } else if (!repeat) {
      publication.sendStored(audience);
    }
    done.accept(new Result(why, copies.get(), repeat, List.copyOf(missed)));
  }
}
