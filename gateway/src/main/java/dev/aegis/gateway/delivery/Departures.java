package dev.aegis.gateway.delivery;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// Which messages are about to leave their mailboxes for another agent, until the journal has said
/// whether they do. Any thread.
///
/// Whoever moves a message adds it first and looks then whether its agent is connected; whoever
/// connects an agent makes that known first and looks here then. So one of the two sees the other,
/// and no agent is given what is leaving it.
public final class Departures {
  private final ConcurrentHashMap<String, Set<Place>> byMailbox = new ConcurrentHashMap<>();

  private record Place(long epoch, long sequence) {}

  /// @return false where it is leaving already
  public boolean begin(String mailbox, long epoch, long sequence) {
    boolean[] fresh = new boolean[1];
    byMailbox.compute(
        mailbox,
        (_, known) -> {
          Set<Place> places = known == null ? ConcurrentHashMap.newKeySet() : known;
          fresh[0] = places.add(new Place(epoch, sequence));
          return places;
        });
    return fresh[0];
  }

  /// It has left, or stays.
  public void end(String mailbox, long epoch, long sequence) {
    byMailbox.computeIfPresent(
        mailbox,
        (_, places) -> {
          places.remove(new Place(epoch, sequence));
          return places.isEmpty() ? null : places;
        });
  }

  /// Whether it is leaving now.
  public boolean contains(String mailbox, long epoch, long sequence) {
    return byMailbox.getOrDefault(mailbox, Set.of()).contains(new Place(epoch, sequence));
  }

  /// What is leaving a mailbox now.
  public Set<Long> of(String mailbox, long epoch) {
    return byMailbox.getOrDefault(mailbox, Set.of()).stream()
        .filter(place -> place.epoch == epoch)
        .map(Place::sequence)
        .collect(Collectors.toUnmodifiableSet());
  }
}
