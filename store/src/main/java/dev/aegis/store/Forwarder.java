package dev.aegis.store;

import dev.aegis.protocol.Priority;
import dev.aegis.store.MailboxClaims.Owner;
import dev.aegis.store.NodeFrames.Result;
import dev.aegis.store.fabric.SendResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings entries for mailboxes of other nodes to their owners, and hears what became of them.
///
/// An entry is sent again, to whoever owns the mailbox by then, until its owner has answered or its
/// time is over; the owner recognises repeats. Where an entry cannot be sent yet, those behind it
/// for the same mailbox wait too. Bounded in entries and bytes. A thread of its own; the rest may
/// be called from any.
final class Forwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final int MAX_OWNERS = 1 << 18;
  private static final int BATCH = 1_024;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Bearer bearer;
  private final MailboxClaims claims;
  private final Journal here;
  private final Ends ends;
  private final Settings settings;
  private final Thread thread;

  private final ConcurrentLinkedQueue<Pending> fresh = new ConcurrentLinkedQueue<>();
  private final Map<Long, Pending> sent = new ConcurrentHashMap<>();
  private final AtomicLong tickets = new AtomicLong();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean closing;

  /// Who has which mailbox, as it was last known; 0 is somebody, but it is not known who.
  private final Map<String, Long> owners = new ConcurrentHashMap<>();

  /// Entries that wait until their mailbox has an owner that takes them, by mailbox. Confined to
  /// the thread.
  private final Map<String, ArrayDeque<Pending>> waiting = new HashMap<>();

  private long lookedNanos;
  private volatile boolean parked;

  /// @param maxEntries most entries on their way; likewise bytes
  /// @param patienceNanos how long an entry is tried
  /// @param againNanos after how long without an answer it is sent again
  record Settings(int maxEntries, long maxBytes, long patienceNanos, long againNanos) {
    static Settings defaults() {
      return new Settings(
          65_536, 64L << 20, TimeUnit.SECONDS.toNanos(20), TimeUnit.SECONDS.toNanos(2));
    }
  }

  /// Brings frames to nodes.
  interface Bearer {
    CompletionStage<SendResult> send(long toNode, Priority priority, byte[] frame);
  }

  /// Hears the end of each entry that [#offer] took and this node did not store itself.
  interface Ends {
    void stored(JournalEntry entry, Result result, long epoch, long sequence);

    void refused(JournalEntry entry, StoreException why);
  }

  private static final class Pending {
    final JournalEntry entry;
    final String recipient;
    final long ticket;
    final long deadlineNanos;
    volatile long againNanos;

    Pending(JournalEntry entry, String recipient, long ticket, long deadlineNanos) {
      this.entry = entry;
      this.recipient = recipient;
      this.ticket = ticket;
      this.deadlineNanos = deadlineNanos;
    }
  }

  Forwarder(Bearer bearer, MailboxClaims claims, Journal here, Ends ends, Settings settings) {
    this.bearer = bearer;
    this.claims = claims;
    this.here = here;
    this.ends = ends;
    this.settings = settings;
    this.thread = Thread.ofPlatform().daemon().name("aegis-forwarder").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  Offer offer(JournalEntry entry, String recipient) {
    if (closing) {
      return Offer.CLOSED;
    }
    int size = entry.size();
    if (entries.get() >= settings.maxEntries || bytes.get() + size > settings.maxBytes) {
      return Offer.FULL;
    }
    entries.incrementAndGet();
    bytes.addAndGet(size);
    long deadline = System.nanoTime() + settings.patienceNanos;
    fresh.add(new Pending(entry, recipient, tickets.incrementAndGet(), deadline));
    wake();
    return Offer.ACCEPTED;
  }

  private void wake() {
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /// How many entries are on their way.
  long size() {
    return entries.get();
  }

  /// The owner has answered. A repeated answer is passed over.
  void answered(NodeFrames.Told told) {
    Pending pending = sent.get(told.ticket());
    if (pending == null) {
      return;
    }
    if (told.result() == Result.MOVED) {
      owners.remove(pending.recipient);
      pending.againNanos = System.nanoTime() + RETRY_NANOS;
      return;
    }
    if (!end(pending)) {
      return;
    }
    switch (told.result()) {
      case STORED, DUPLICATE, CONFLICT, SETTLED ->
          ends.stored(pending.entry, told.result(), told.epoch(), told.sequence());
      case MAILBOX_FULL -> ends.refused(pending.entry, new StoreException.Full(true));
      case BUSY -> ends.refused(pending.entry, new StoreException.Full(false));
      case UNAVAILABLE ->
          ends.refused(
              pending.entry,
              new StoreException.Unavailable("the mailbox's gateway cannot store", null));
      case MOVED -> throw new IllegalStateException("a mailbox that moved has no answer");
    }
  }

  /// The node is gone: what it has not answered goes to others.
  void gone(long node) {
    owners.values().removeIf(owner -> owner == node);
    for (Pending pending : sent.values()) {
      pending.againNanos = System.nanoTime();
    }
    LockSupport.unpark(thread);
  }

  private boolean end(Pending pending) {
    if (sent.remove(pending.ticket) == null) {
      return false;
    }
    finished(pending);
    return true;
  }

  private void finished(Pending pending) {
    entries.decrementAndGet();
    bytes.addAndGet(-pending.entry.size());
  }

  private void run() {
    while (!closing) {
      try {
        boolean moved = turn();
        if (!moved) {
          boolean idle = waiting.isEmpty() && sent.isEmpty();
          parked = true;
          if (fresh.isEmpty() && !closing) {
            LockSupport.parkNanos(this, idle ? settings.againNanos : RETRY_NANOS);
          }
          parked = false;
        }
      } catch (RuntimeException e) {
        LOG.error("forwarding failed", e);
        LockSupport.parkNanos(this, RETRY_NANOS);
      }
    }
    StoreException why = new StoreException.Unavailable("the gateway is closing", null);
    List<Pending> left = new ArrayList<>(sent.values());
    waiting.values().forEach(left::addAll);
    left.addAll(fresh);
    left.forEach(pending -> ends.refused(pending.entry, why));
  }

  /// @return whether there was something to do
  private boolean turn() {
    long now = System.nanoTime();
    List<Pending> taken = new ArrayList<>();
    for (Pending next = fresh.poll(); next != null; next = fresh.poll()) {
      taken.add(next);
      if (taken.size() == BATCH) {
        break;
      }
    }
    if (now - lookedNanos >= RETRY_NANOS) {
      lookedNanos = now;
      takeUnanswered(now, taken);
    }
    if (taken.isEmpty() && waiting.isEmpty()) {
      return false;
    }
    taken.sort((one, other) -> Long.compare(one.ticket, other.ticket));
    for (Pending pending : taken) {
      waiting.computeIfAbsent(pending.recipient, _ -> new ArrayDeque<>()).add(pending);
    }
    findOwners();
    for (Iterator<Map.Entry<String, ArrayDeque<Pending>>> each = waiting.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<String, ArrayDeque<Pending>> mailbox = each.next();
      pass(mailbox.getKey(), mailbox.getValue(), now);
      if (mailbox.getValue().isEmpty()) {
        each.remove();
      }
    }
    return !taken.isEmpty();
  }

  private void takeUnanswered(long now, List<Pending> taken) {
    for (Pending pending : List.copyOf(sent.values())) {
      if (now - pending.againNanos >= 0 && sent.remove(pending.ticket) != null) {
        owners.remove(pending.recipient);
        taken.add(pending);
      }
    }
  }

  private void findOwners() {
    Set<String> unknown = new HashSet<>();
    for (String recipient : waiting.keySet()) {
      if (!here.mailboxes().owns(recipient) && !owners.containsKey(recipient)) {
        unknown.add(recipient);
      }
    }
    if (unknown.isEmpty()) {
      return;
    }
    if (owners.size() > MAX_OWNERS) {
      owners.clear();
    }
    try {
      claims
          .claim(unknown, false)
          .forEach((recipient, owner) -> {
            if (owner instanceof Owner.There(long journal) && journal != 0) {
              owners.put(recipient, journal);
            }
          });
    } catch (StoreException e) {
      LOG.debug("owners cannot be found", e);
    }
  }

  /// Hands over what there is an owner for, in order.
  private void pass(String recipient, ArrayDeque<Pending> entries, long now) {
    while (!entries.isEmpty() && pass(recipient, entries.element(), now)) {
      entries.remove();
    }
  }

  /// @return whether the entry waits here no more
  private boolean pass(String recipient, Pending next, long now) {
    if (now - next.deadlineNanos >= 0) {
      finished(next);
      ends.refused(
          next.entry, new StoreException.Unavailable("the mailbox has no owner for now", null));
      return true;
    }
    if (here.mailboxes().owns(recipient)) {
      Offer offer = here.offer(next.entry);
      finished(next);
      if (offer != Offer.ACCEPTED) {
        ends.refused(next.entry, refusal(offer));
      }
      return true;
    }
    Long owner = owners.get(recipient);
    if (owner == null) {
      return false;
    }
    send(next, owner, now);
    return true;
  }

  private static StoreException refusal(Offer offer) {
    return offer == Offer.FULL
        ? new StoreException.Full(false)
        : new StoreException.Unavailable("the journal takes nothing", null);
  }

  private void send(Pending pending, long owner, long now) {
    pending.againNanos = now + settings.againNanos;
    sent.put(pending.ticket, pending);
    bearer
        .send(
            owner,
            Priority.fromWire(pending.entry.priority()),
            NodeFrames.forward(pending.ticket, pending.entry))
        .whenComplete((result, failure) ->
            answered(pending, failure == null ? result : SendResult.UNAVAILABLE));
  }

  private void answered(Pending pending, SendResult result) {
    switch (result) {
      case SENT -> {}
      case FULL -> {
        if (end(pending)) {
          ends.refused(pending.entry, new StoreException.Full(false));
        }
      }
      case NO_INBOX, UNAVAILABLE ->
          // It may have arrived all the same: the answer ends it then, or it is sent again soon.
          pending.againNanos = Math.min(pending.againNanos, System.nanoTime() + RETRY_NANOS);
    }
  }

  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    ThreadEnd.await(thread);
  }
}
