package dev.aegis.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// What receivers are called, each name made once: a generator that writes them anew for every
/// message takes time from the server that it measures. Confined to one thread.
public final class Names {
  private final IntFunction<String> naming;
  private final List<String> known = new ArrayList<>();

  public Names(IntFunction<String> naming) {
    this.naming = naming;
  }

  public String of(int receiver) {
    while (known.size() <= receiver) {
      known.add(naming.apply(known.size()));
    }
    return known.get(receiver);
  }
}
