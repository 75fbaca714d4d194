package dev.aegis.gateway.dispatch;

import dev.aegis.protocol.Priority;

/// Something that waits in the lanes of an event loop. Immutable: it crosses threads.
public interface LaneItem {
  /// The class whose lane it waits in.
  Priority priority();

  /// What it holds in memory, in bytes.
  int sizeBytes();
}
