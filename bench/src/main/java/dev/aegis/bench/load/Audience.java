package dev.aegis.bench.load;

import dev.aegis.client.AegisClient;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.MessageHandler;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The subscribers of a topic, at whatever nodes they are. A node hears of the subscriptions of
/// others a moment after they are confirmed, so a publisher asks until all have answered: what it
/// publishes from then on is for everybody.
final class Audience {
  private static final byte[] PROBE = {'?'};
  private static final long AGAIN_MILLIS = 50;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private final CountDownLatch deaf;
  private final Set<AegisClient> hearing = ConcurrentHashMap.newKeySet();

  /// @param subscribers how many there will be
  Audience(String name, int subscribers) {
    this.name = name;
    this.deaf = new CountDownLatch(subscribers);
  }

  String name() {
    return name;
  }

  /// One more subscriber, which is not connected yet.
  void join(AegisClient client, MessageHandler handler) {
    client.subscribe(
        name,
        arrival -> {
          if (isProbe(arrival)) {
            if (hearing.add(client)) {
              deaf.countDown();
            }
          } else {
            handler.handle(arrival);
          }
        });
  }

  private static boolean isProbe(IncomingMessage arrival) {
    return arrival.payload().length == PROBE.length;
  }

  /// Returns once every subscriber has heard this publisher.
  void awaitHearing(AegisClient publisher) throws IOException, InterruptedException {
    OutgoingMessage probe =
        OutgoingMessage.of("", "bench", PROBE)
            .withPriority(Priority.NORMAL)
            .withGuarantee(Guarantee.BEST_EFFORT);
    long began = System.nanoTime();
    do {
      if (System.nanoTime() - began > PATIENCE_NANOS) {
        throw new IOException(deaf.getCount() + " subscribers of " + name + " hear nothing");
      }
      publisher.publish(name, probe);
    } while (!deaf.await(AGAIN_MILLIS, TimeUnit.MILLISECONDS));
  }
}
