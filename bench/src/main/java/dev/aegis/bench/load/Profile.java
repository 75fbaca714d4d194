package dev.aegis.bench.load;

import java.io.IOException;

/// A recording of what the gateway does in the measured interval.
interface Profile {
  void start() throws IOException, InterruptedException;

  void stop() throws IOException, InterruptedException;
}
