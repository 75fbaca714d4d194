package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.util.List;

/// Takes what comes to a node. One thread brings what concerns the inbox, another the topics. The
/// arrays belong to the listener.
public interface FabricListener {
  /// Flights from one sender, in order. Returning means that they were taken: until then nothing
  /// more is read, the inbox fills up, and its senders get FULL. So it may block; it is interrupted
  /// when the fabric closes.
  void received(long fromNode, Priority priority, List<byte[]> flights);

  /// A flight that another node published on a channel that this one has subscribed to. Slowness
  /// costs flights: what waits beyond a bound is dropped.
  void published(String channel, byte[] flight);

  /// The inbox was lost with all that lay in it, and is there again: what others sent in the last
  /// moments may be gone though it was answered SENT.
  void inboxLost();
}
