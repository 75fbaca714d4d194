package dev.aegis.store;

import dev.aegis.store.audit.Retention;
import java.time.Duration;

/// What is kept of what happens.
///
/// @param messages whether durable messages and what becomes of them are part of the trail;
///   sessions and actions always are
/// @param bestEffort whether best-effort messages are, that is, that they were passed on
/// @param fallback how long, where an organization does not say
/// @param signEvery how often the gateway signs for it
public record TrailSettings(
    boolean messages, boolean bestEffort, Retention fallback, Duration signEvery) {
  public static TrailSettings defaults() {
    return new TrailSettings(true, false, Retention.FOREVER, Duration.ofMinutes(1));
  }
}
