package dev.aegis.store.fabric;

/// Bounds of a node's part of the fabric.
///
/// @param queueFlights most flights that wait here or are on their way; beyond it, [Fabric#send]
///   answers FULL
/// @param queueBytes the same in bytes
/// @param entryBytes what waits for one node and class goes together in entries of about this size;
///   a longer flight goes alone
/// @param inboxEntries most entries that lie in an inbox for one class; beyond it, senders get FULL
/// @param inboxBytes the same in bytes
/// @param topicBytes most bytes published by others that wait for the listener; beyond it, they are
///   dropped
public record FabricLimits(
    int queueFlights,
    long queueBytes,
    int entryBytes,
    int inboxEntries,
    long inboxBytes,
    long topicBytes) {
  public FabricLimits {
    inRange("queueFlights", queueFlights, 1, 1 << 22);
    inRange("queueBytes", queueBytes, Fabric.MAX_FLIGHT_BYTES, 1L << 36);
    inRange("entryBytes", entryBytes, 1 << 10, 256 << 10);
    inRange("inboxEntries", inboxEntries, 1, 1 << 22);
    inRange("inboxBytes", inboxBytes, 1, 1L << 36);
    inRange("topicBytes", topicBytes, Fabric.MAX_FLIGHT_BYTES, 1L << 36);
  }

  /// 65,536 flights and 64 MiB here, entries of 64 KiB, 8,192 entries and 64 MiB a class in an
  /// inbox, 16 MiB of topics.
  public static FabricLimits defaults() {
    return new FabricLimits(1 << 16, 64L << 20, 64 << 10, 8 << 10, 64L << 20, 16L << 20);
  }

  public FabricLimits withInbox(int entries, long bytes) {
    return new FabricLimits(queueFlights, queueBytes, entryBytes, entries, bytes, topicBytes);
  }

  public FabricLimits withQueue(int flights, long bytes) {
    return new FabricLimits(flights, bytes, entryBytes, inboxEntries, inboxBytes, topicBytes);
  }

  private static void inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " is " + value + ", must be from " + least + " to " + most);
    }
  }
}
