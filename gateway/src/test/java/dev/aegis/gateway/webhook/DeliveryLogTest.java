package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.store.StoreException;
import dev.aegis.store.WebhookDelivery;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class DeliveryLogTest {
  private final List<Integer> written = new ArrayList<>();
  private boolean away;
  private final DeliveryLog log = new DeliveryLog(this::append);

  @Test
  void whatTheDatabaseRefusesDoesNotHoldUpTheRest() {
    for (int i = 1; i <= 5; i++) {
      log.add(attempt(i == 3 ? -1 : i));
    }
    log.flush();
    assertThat(written).containsExactly(1, 2, 4, 5);
    assertThat(log.dropped()).isEqualTo(1);
    log.add(attempt(6));
    log.flush();
    assertThat(written).endsWith(6);
    assertThat(log.dropped()).isEqualTo(1);
  }

  @Test
  void whatCannotBeWrittenNowIsWrittenLater() {
    away = true;
    log.add(attempt(1));
    log.flush();
    log.add(attempt(2));
    away = false;
    log.flush();
    assertThat(written).containsExactly(1, 2);
    assertThat(log.dropped()).isZero();
  }

  private void append(List<WebhookDelivery> deliveries) {
    if (away) {
      throw new StoreException.Unavailable("away", null);
    }
    if (deliveries.stream().anyMatch(delivery -> delivery.attempt() < 0)) {
      throw new StoreException.Rejected("out of range", null);
    }
    deliveries.forEach(delivery -> written.add(delivery.attempt()));
  }

  private static WebhookDelivery attempt(int number) {
    return new WebhookDelivery(
        0,
        "bob",
        new UUID(0, 1),
        number,
        0,
        1,
        WebhookDelivery.Status.SUCCESS,
        200,
        null,
        false,
        null);
  }
}
