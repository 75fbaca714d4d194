package dev.aegis.store.fabric;

import java.util.Optional;

/// What became of [Fabric#claim].
public sealed interface Claim {
  /// The agent is this node's.
  ///
  /// @param before who held it until now; this node itself where it claimed again
  record Held(Optional<Holder> before) implements Claim {}

  /// Somebody has claimed it under a higher epoch, or another node under the same one. This claim
  /// is forgotten.
  record Fenced(Holder by) implements Claim {}

  /// The fabric is away. The claim is remembered and made once that is over.
  record Unavailable() implements Claim {}
}
