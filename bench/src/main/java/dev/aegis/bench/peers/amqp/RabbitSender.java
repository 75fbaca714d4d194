package dev.aegis.bench.peers.amqp;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.MessageProperties;
import dev.aegis.bench.load.Names;
import dev.aegis.bench.load.Sender;
import dev.aegis.protocol.Priority;
import java.io.IOException;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes into queues; with confirms where messages are durable.
final class RabbitSender implements Sender {
  private static final Logger LOG = LoggerFactory.getLogger(RabbitSender.class);

  private final Channel channel;
  private final boolean confirms;
  private final Names queues;
  private final NavigableMap<Long, Outcome> unconfirmed = new ConcurrentSkipListMap<>();

  private RabbitSender(Channel channel, boolean confirms, Names queues) {
    this.channel = channel;
    this.confirms = confirms;
    this.queues = queues;
  }

  /// @param queues by receiver
  static RabbitSender of(Channel channel, boolean confirms, Names queues) throws IOException {
    RabbitSender sender = new RabbitSender(channel, confirms, queues);
    if (confirms) {
      channel.confirmSelect();
      channel.addConfirmListener(
          (tag, multiple) -> sender.confirmed(tag, multiple, Outcome::accepted),
          (tag, multiple) -> sender.confirmed(tag, multiple, Outcome::refused));
    }
    return sender;
  }

  @Override
  public boolean send(int receiver, Priority priority, byte[] payload, Outcome outcome) {
    long tag = channel.getNextPublishSeqNo();
    if (confirms) {
      unconfirmed.put(tag, outcome);
    }
    try {
      channel.basicPublish(
          "",
          queues.of(receiver),
          confirms ? MessageProperties.PERSISTENT_BASIC : MessageProperties.MINIMAL_BASIC,
          payload);
    } catch (IOException | AlreadyClosedException e) {
      LOG.debug("not published", e);
      unconfirmed.remove(tag);
      return false;
    }
    if (!confirms) {
      outcome.accepted();
    }
    return true;
  }

  @Override
  public boolean broadcast(Priority priority, byte[] payload, Outcome outcome) {
    return false; // no exchange to all is declared
  }

  private void confirmed(long tag, boolean multiple, Consumer<Outcome> told) {
    if (multiple) {
      Collection<Outcome> outcomes = unconfirmed.headMap(tag, true).values();
      outcomes.removeIf(outcome -> {
        told.accept(outcome);
        return true;
      });
    } else {
      Outcome outcome = unconfirmed.remove(tag);
      if (outcome != null) {
        told.accept(outcome);
      }
    }
  }
}
