package dev.aegis.gateway.registry;

import dev.aegis.gateway.registry.RegistryEvent.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What happens in the registry, at this node and the others, to whoever follows it; the newest
/// events are kept, so that who was away for a moment misses nothing. Thread-safe.
///
/// Events of other nodes come in another order at every node. Who goes on at another node than it
/// was at may therefore get some again.
public final class RegistryFeed {
  /// How many events are kept.
  static final int WINDOW = 4_096;

  private static final long OVERLAP_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final String origin;
  private final LongSupplier nanoTime;
  private final Consumer<RegistryEvent> elsewhere;
  private final AtomicLong last = new AtomicLong();
  private final Kept[] kept = new Kept[WINDOW];
  private final Set<Follower> followers = new HashSet<>();
  private long size;

  private record Kept(RegistryEvent event, long atNanos) {}

  /// Who follows. Called one at a time under the feed's lock: must neither block nor follow.
  public interface Follower {
    /// All that is kept, and so perhaps not all that happened.
    void missed();

    void event(RegistryEvent event);
  }

  /// @param origin names this run of this node, in ASCII characters without a dash
  /// @param elsewhere gets each event of this node, to tell others of it; must not block
  public RegistryFeed(String origin, LongSupplier nanoTime, Consumer<RegistryEvent> elsewhere) {
    this.origin = origin;
    this.nanoTime = nanoTime;
    this.elsewhere = elsewhere;
  }

  /// Something happened at this node.
  ///
  /// @param data a JSON object
  public void tell(Kind kind, String organization, String agent, String data) {
    RegistryEvent event =
        new RegistryEvent(origin + "-" + last.incrementAndGet(), kind, organization, agent, data);
    add(event);
    elsewhere.accept(event);
  }

  /// Something happened at another node.
  ///
  /// @throws IllegalArgumentException it cannot be read
  public void fromElsewhere(byte[] event) {
    add(RegistryEvent.decode(event));
  }

  private synchronized void add(RegistryEvent event) {
    kept[(int) (size++ % WINDOW)] = new Kept(event, nanoTime.getAsLong());
    followers.forEach(follower -> follower.event(event));
  }

  /// Follows from now on.
  ///
  /// @param lastId the last event that the follower has seen, or null: what comes next is enough
  public synchronized void follow(@Nullable String lastId, Follower follower) {
    if (lastId != null) {
      List<RegistryEvent> after = after(lastId);
      if (after == null) {
        follower.missed();
      } else {
        after.forEach(follower::event);
      }
    }
    followers.add(follower);
  }

  public synchronized void leave(Follower follower) {
    followers.remove(follower);
  }

  public synchronized int followers() {
    return followers.size();
  }

  private @Nullable List<RegistryEvent> after(String lastId) {
    long first = Math.max(0, size - WINDOW);
    for (long at = size - 1; at >= first; at--) {
      Kept found = at(at);
      if (found.event.id().equals(lastId)) {
        List<RegistryEvent> events = new ArrayList<>();
        for (long before = at - 1;
            before >= first && found.atNanos - at(before).atNanos <= OVERLAP_NANOS;
            before--) {
          if (!isFrom(origin(lastId), at(before).event)) {
            events.addFirst(at(before).event);
          }
        }
        for (long next = at + 1; next < size; next++) {
          events.add(at(next).event);
        }
        return events;
      }
    }
    return null;
  }

  private Kept at(long index) {
    return kept[(int) (index % WINDOW)];
  }

  private static String origin(String id) {
    return id.substring(0, Math.max(0, id.indexOf('-')));
  }

  private static boolean isFrom(String origin, RegistryEvent event) {
    return origin(event.id()).equals(origin);
  }
}
