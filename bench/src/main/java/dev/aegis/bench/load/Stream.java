package dev.aegis.bench.load;

import dev.aegis.protocol.Priority;
import java.util.Arrays;
import java.util.BitSet;

/// The ledger of one sender's messages to one receiver, numbered from 0: which were sent, accepted,
/// refused, and which have arrived. What counts as lost is worked out from this and from nothing
/// else. Thread-safe.
final class Stream {
  /// What an arrival was.
  enum Arrival {
    /// The first one of this message, and its place in the sender's window is free now.
    SETTLED,
    /// The first one of this message, but the sender still waits for its receipt, or has given up.
    FIRST,
    /// The message had arrived before.
    REPEATED,
    /// No such message was sent.
    UNKNOWN
  }

  private final boolean durable;
  private final BitSet accepted = new BitSet();
  private final BitSet refused = new BitSet();
  private final BitSet arrived = new BitSet();

  /// The highest number that has arrived of each class, or -1.
  private final int[] last = new int[Priority.values().length];

  private int sent;
  private int writtenOffBelow;
  private long repeated;
  private long overtaken;
  private long unknown;

  /// @param durable whether a message counts as delivered only with its receipt
  Stream(boolean durable) {
    this.durable = durable;
    Arrays.fill(last, -1);
  }

  /// Numbers the next message.
  synchronized int send() {
    return sent++;
  }

  /// The gateway, or for best-effort the connection, has taken it.
  ///
  /// @return whether its place in the sender's window is free now
  synchronized boolean accept(int number) {
    accepted.set(number);
    return durable && arrived.get(number);
  }

  /// Durable messages for a receiver that is away do not wait for their arrival.
  synchronized boolean acceptForAbsent(int number) {
    accepted.set(number);
    return true;
  }

  /// It was refused and will not be delivered.
  ///
  /// @return whether its place in the sender's window is free now
  synchronized boolean refuse(int number) {
    boolean first = !refused.get(number);
    refused.set(number);
    return first && !arrived.get(number) && number >= writtenOffBelow;
  }

  /// It has come to its receiver's handler.
  synchronized Arrival arrive(int number, Priority priority) {
    if (number < 0 || number >= sent) {
      unknown++;
      return Arrival.UNKNOWN;
    }
    if (arrived.get(number)) {
      repeated++;
      return Arrival.REPEATED;
    }
    arrived.set(number);
    int before = last[priority.wire()];
    if (before > number) {
      overtaken++;
    } else {
      last[priority.wire()] = number;
    }
    boolean free = number >= writtenOffBelow && (!durable || accepted.get(number));
    return free ? Arrival.SETTLED : Arrival.FIRST;
  }

  /// Gives up waiting for what has not arrived, so that the window is free; what comes after all
  /// still counts as arrived.
  synchronized void writeOff() {
    writtenOffBelow = sent;
  }

  synchronized long sent() {
    return sent;
  }

  synchronized long acceptedCount() {
    return accepted.cardinality();
  }

  synchronized long refusedCount() {
    return refused.cardinality();
  }

  synchronized long arrivedCount() {
    return arrived.cardinality();
  }

  /// Accepted and not refused, but not arrived.
  synchronized long missing() {
    BitSet missing = (BitSet) accepted.clone();
    missing.andNot(refused);
    missing.andNot(arrived);
    return missing.cardinality();
  }

  /// Neither accepted nor refused: the sender was never told.
  synchronized long unanswered() {
    BitSet answered = (BitSet) accepted.clone();
    answered.or(refused);
    return (long) sent - answered.cardinality();
  }

  /// Arrivals beyond the first.
  synchronized long repeated() {
    return repeated;
  }

  /// Arrivals behind a later message of the same class.
  synchronized long overtaken() {
    return overtaken;
  }

  /// Arrivals of what was never sent.
  synchronized long unknown() {
    return unknown;
  }
}
