package dev.aegis.gateway.poll;

import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import java.util.List;

/// What a call for messages comes to.
public sealed interface Poll {
  /// What there was, nothing if the time was up.
  ///
  /// @param mailboxEpoch of the agent's mailbox, 0 while it was never used
  /// @param gaps what will not come
  record Messages(long mailboxEpoch, List<Control.Delivery> deliveries, List<Control.Gap> gaps)
      implements Poll {
    public Messages {
      deliveries = List.copyOf(deliveries);
      gaps = List.copyOf(gaps);
    }
  }

  /// The agent is connected by a socket here, and gets its messages there.
  record Connected() implements Poll {}

  /// There are too many agents that poll.
  record Full() implements Poll {}

  /// The session has ended meanwhile.
  record Ended(CloseCode why) implements Poll {}
}
