package dev.aegis.bench.peers.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import dev.aegis.bench.load.Clients;
import dev.aegis.protocol.Priority;
import java.io.IOException;

/// Receives, and acknowledges many messages at once. Called by one thread at a time.
final class RabbitReceiver extends DefaultConsumer {
  private static final int ACKNOWLEDGED_AT_ONCE = 64;

  private final int receiver;
  private final boolean acknowledges;
  private final Clients.Arrivals arrivals;
  private int unacknowledged;

  RabbitReceiver(Channel channel, int receiver, boolean acknowledges, Clients.Arrivals arrivals) {
    super(channel);
    this.receiver = receiver;
    this.acknowledges = acknowledges;
    this.arrivals = arrivals;
  }

  @Override
  public void handleDelivery(
      String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
      throws IOException {
    arrivals.arrived(receiver, Priority.NORMAL, body);
    if (acknowledges && ++unacknowledged == ACKNOWLEDGED_AT_ONCE) {
      unacknowledged = 0;
      getChannel().basicAck(envelope.getDeliveryTag(), true);
    }
  }
}
