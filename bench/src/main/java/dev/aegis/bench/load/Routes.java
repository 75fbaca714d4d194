package dev.aegis.bench.load;

import java.util.ArrayList;
import java.util.List;

/// Which receivers a sender's messages go to. Eight senders and eight receivers make eight pairs;
/// where there are more receivers than senders, each sender takes turns among its own. Immutable.
///
/// @param targets indices of receivers, in the order of turns
/// @param fanOut how many of them get each message
record Routes(List<Integer> targets, int fanOut) {
  Routes {
    targets = List.copyOf(targets);
    if (fanOut < 1 || fanOut > targets.size()) {
      throw new IllegalArgumentException("fan-out must be 1 to the number of receivers");
    }
  }

  static Routes of(int sender, int senders, int receivers, int fanOut) {
    List<Integer> own = new ArrayList<>();
    for (int r = sender % receivers; r < receivers; r += senders) {
      own.add(r);
      if (senders > receivers) {
        break;
      }
    }
    if (fanOut > own.size()) {
      own.clear();
      for (int i = 0; i < receivers; i++) {
        own.add((sender + i) % receivers);
      }
    }
    return new Routes(own, fanOut);
  }

  /// The receiver of copy `copy` (from 0) of a sender's message.
  int receiver(long message, int copy) {
    return targets.get((int) ((message * fanOut + copy) % targets.size()));
  }
}
