package dev.aegis.bench.chaos;

import dev.aegis.bench.chaos.RelayedConnection.End;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// All ways between two kinds of parties, and the cuts there. Which connections are cut, and how,
/// follows from the luck of a [KillSchedule.Kill] and from which there are. Confined to one thread.
final class Links implements AutoCloseable {
  private final List<Relay> relays = new ArrayList<>();
  private final List<Interruption> interruptions = new ArrayList<>();
  private final Map<Cut, Long> connectionsCut = new EnumMap<>(Cut.class);

  /// @param whole whether the relay is silent for new connections, too
  private record Interruption(
      Relay relay, List<RelayedConnection> connections, Cut cut, boolean whole, long untilNanos) {
    void end() {
      if (whole) {
        relay.silence(false);
      }
      (whole ? relay.connections() : connections).forEach(each -> each.end(cut));
    }
  }

  /// What is cut at once.
  private enum Extent {
    ONE,
    SOME,
    /// All of one relay, and for as long as nothing passes there, nothing passes over new
    /// connections either.
    WHOLE
  }

  /// A new way to a port.
  ///
  /// @return the port to go to instead
  int to(int port) throws IOException {
    Relay relay = Relay.to(port);
    relays.add(relay);
    return relay.port();
  }

  /// Cuts connections of one relay.
  ///
  /// @return what was done; empty when there is nothing to cut just now
  Optional<String> cut(KillSchedule.Kill kill, long nowNanos) {
    Cut cut = cutOf(kill.luck());
    Random luck = new Random(~kill.luck());
    End end = pick(End.values(), luck);
    Extent extent = pick(Extent.values(), luck);
    List<Relay> used = relays.stream().filter(this::isOpen).toList();
    if (used.isEmpty()) {
      return Optional.empty();
    }
    int index = luck.nextInt(used.size());
    Relay relay = used.get(index);
    List<RelayedConnection> all = relay.connections();
    if (all.isEmpty()) { // they ended while we looked
      return Optional.empty();
    }
    List<RelayedConnection> chosen = choose(all, extent, luck);
    boolean whole = extent == Extent.WHOLE && !cut.isInstant();
    if (whole) {
      relay.silence(true);
    }
    List<RelayedConnection> done = chosen.stream().filter(each -> each.begin(cut, end)).toList();
    connectionsCut.merge(cut, (long) done.size(), Long::sum);
    if (!cut.isInstant()) {
      interruptions.add(new Interruption(relay, done, cut, whole, nowNanos + kill.holdNanos()));
    }
    return Optional.of(
        "%s, %d of %d connections of way %d%s"
            .formatted(
                cut.label(),
                done.size(),
                all.size(),
                relays.indexOf(relay),
                cut.isInstant() ? "" : ", for " + kill.holdMillis() + " ms"));
  }

  /// How a luck has connections cut.
  static Cut cutOf(long luck) {
    return pick(Cut.values(), new Random(luck));
  }

  /// How many connections there are.
  int open() {
    return relays.stream().mapToInt(relay -> relay.connections().size()).sum();
  }

  private boolean isOpen(Relay relay) {
    return !relay.connections().isEmpty()
        && interruptions.stream().noneMatch(each -> each.relay == relay);
  }

  private static List<RelayedConnection> choose(
      List<RelayedConnection> all, Extent extent, Random luck) {
    return switch (extent) {
      case ONE -> List.of(all.get(luck.nextInt(all.size())));
      case SOME -> {
        int sure = luck.nextInt(all.size());
        yield IntStream.range(0, all.size())
            .filter(i -> luck.nextBoolean() || i == sure)
            .mapToObj(all::get)
            .toList();
      }
      case WHOLE -> all;
    };
  }

  private static <E> E pick(E[] values, Random luck) {
    return values[luck.nextInt(values.length)];
  }

  /// Ends what is over.
  void tick(long nowNanos) {
    interruptions.removeIf(each -> {
      boolean over = nowNanos - each.untilNanos >= 0;
      if (over) {
        each.end();
      }
      return over;
    });
  }

  /// Ends everything.
  void mend() {
    interruptions.forEach(Interruption::end);
    interruptions.clear();
  }

  /// How many connections were cut, by how.
  Map<Cut, Long> connectionsCut() {
    return Map.copyOf(connectionsCut);
  }

  /// Both together.
  static Map<Cut, Long> sum(Map<Cut, Long> some, Map<Cut, Long> others) {
    Map<Cut, Long> all = new EnumMap<>(Cut.class);
    all.putAll(some);
    others.forEach((cut, count) -> all.merge(cut, count, Long::sum));
    return all;
  }

  @Override
  public void close() {
    relays.forEach(Relay::close);
  }
}
