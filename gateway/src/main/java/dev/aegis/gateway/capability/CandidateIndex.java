package dev.aegis.gateway.capability;

import dev.aegis.protocol.CapabilityAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The candidates of a moment, by organization and capability. Immutable.
final class CandidateIndex {
  static final CandidateIndex EMPTY = new CandidateIndex(List.of());

  private final Map<Key, List<Candidate>> byCapability = new HashMap<>();
  private final int size;

  private record Key(String organization, String capability) {}

  CandidateIndex(Collection<Candidate> candidates) {
    size = candidates.size();
    for (Candidate candidate : candidates) {
      for (String capability : candidate.capabilities().keySet()) {
        byCapability
            .computeIfAbsent(new Key(candidate.organization(), capability), _ -> new ArrayList<>())
            .add(candidate);
      }
    }
  }

  int size() {
    return size;
  }

  /// Those of an organization with the rarest of the capabilities that are asked for: whoever meets
  /// all of it is among them.
  List<Candidate> perhaps(String organization, CapabilityAddress wanted) {
    List<Candidate> fewest = null;
    for (CapabilityAddress.Requirement requirement : wanted.requirements()) {
      List<Candidate> some =
          byCapability.getOrDefault(new Key(organization, requirement.name()), List.of());
      if (fewest == null || some.size() < fewest.size()) {
        fewest = some;
      }
    }
    return fewest == null ? List.of() : fewest;
  }
}
