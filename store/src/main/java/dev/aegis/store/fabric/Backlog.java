package dev.aegis.store.fabric;

import java.util.concurrent.atomic.AtomicLong;

/// Room for flights, bounded in number and in bytes. Thread-safe.
final class Backlog {
  private final long mostFlights;
  private final long mostBytes;
  private final AtomicLong flights = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  Backlog(long mostFlights, long mostBytes) {
    this.mostFlights = mostFlights;
    this.mostBytes = mostBytes;
  }

  /// Takes room for one, if there is. One alone always has room.
  boolean take(int length) {
    if (flights.incrementAndGet() > mostFlights) {
      flights.decrementAndGet();
      return false;
    }
    long now = bytes.addAndGet(length);
    if (now > mostBytes && now > length) {
      bytes.addAndGet(-length);
      flights.decrementAndGet();
      return false;
    }
    return true;
  }

  void give(int count, long length) {
    bytes.addAndGet(-length);
    flights.addAndGet(-count);
  }

  long flights() {
    return flights.get();
  }

  long bytes() {
    return bytes.get();
  }
}
