package dev.aegis.gateway.net;

import java.util.concurrent.atomic.LongAdder;

/// What happened at the edge since the start. Thread-safe.
public final class NetCounters {
  public final LongAdder connections = new LongAdder();
  public final LongAdder connectionsRefused = new LongAdder();
  public final LongAdder handshakes = new LongAdder();
  public final LongAdder handshakeFailures = new LongAdder();
  public final LongAdder recordsIn = new LongAdder();
  public final LongAdder recordsOut = new LongAdder();
  public final LongAdder reads = new LongAdder();
  public final LongAdder flushes = new LongAdder();
  public final LongAdder bytesIn = new LongAdder();
  public final LongAdder protocolErrors = new LongAdder();
  public final LongAdder internalErrors = new LongAdder();
}
