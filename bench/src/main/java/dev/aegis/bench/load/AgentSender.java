package dev.aegis.bench.load;

import dev.aegis.client.AegisClient;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.QueueFullException;
import dev.aegis.client.Sent;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.time.Duration;
import java.util.Map;

/// An agent that sends.
///
/// @param audience whom a message to all receivers is addressed to
record AgentSender(AegisClient client, Guarantee guarantee, Names receivers, String audience)
    implements Sender {
  private static final String TYPE = "bench";

  @Override
  public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
    return send(receivers.of(receiver), priority, payload, outcome);
  }

  @Override
  public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
    return send(audience, priority, payload, outcome);
  }

  private boolean send(String to, Priority priority, byte[] payload, Outcome outcome) {
    Sent sent;
    try {
      sent =
          client.send(
              new OutgoingMessage(
                  to,
                  TYPE,
                  payload,
                  priority,
                  guarantee,
                  Duration.ZERO,
                  null,
                  null,
                  null,
                  null,
                  Map.of(),
                  0));
    } catch (QueueFullException _) {
      return false;
    }
    sent.accepted()
        .whenComplete((_, why) -> {
          if (why == null) {
            outcome.accepted();
          } else {
            outcome.refused();
          }
        });
    if (guarantee.isDurable()) {
      sent.processed()
          .whenComplete((_, why) -> {
            if (why == null) {
              outcome.processed();
            }
          });
    }
    return true;
  }
}
