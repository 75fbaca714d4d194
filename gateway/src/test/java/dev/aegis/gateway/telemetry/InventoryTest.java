package dev.aegis.gateway.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.aegis.store.AgentCount;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.Holdings;
import dev.aegis.store.LiveState;
import dev.aegis.store.StoreException;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class InventoryTest {
  private static final Holdings HELD =
      new Holdings(
          List.of(1L, 0L, 40L, 2L),
          List.of(3L, 2L, 0L, 0L, 0L, 0L),
          List.of(new Holdings.Depth("worker", 31), new Holdings.Depth("clerk", 11)),
          5,
          1_024,
          4_096);

  private long nanos;
  private long counting;
  private int counts;
  private boolean healthy = true;
  private boolean failing;

  private final Inventory inventory =
      new Inventory(
          () -> healthy,
          this::count,
          () -> List.of(new AgentCount(AgentStatus.ACTIVE, LiveState.SUSPECT, 7)),
          () -> nanos);

  private Holdings count() {
    counts++;
    nanos += counting;
    if (failing) {
      throw new StoreException.Unavailable("away", null);
    }
    return HELD;
  }

  @Test
  void whatWasCountedIsShown() {
    inventory.tick();
    assertThat(shown())
        .containsEntry("aegis_queue_depth{priority=\"normal\"}", 40.0)
        .containsEntry("aegis_queue_depth{priority=\"high\"}", 0.0)
        .containsEntry("aegis_mailboxes_waiting{least=\"10\"}", 2.0)
        .containsEntry("aegis_mailbox_depth{agent=\"worker\"}", 31.0)
        .containsEntry("aegis_dead_letters", 5.0)
        .containsEntry("aegis_journal_size_bytes", 1_024.0)
        .containsEntry("aegis_database_size_bytes", 4_096.0)
        .containsEntry("aegis_agents{state=\"suspect\",status=\"active\"}", 7.0)
        .containsEntry("aegis_agents{state=\"offline\",status=\"maintenance\"}", 0.0)
        .containsEntry("aegis_database_up", 1.0);
  }

  @Test
  void nothingOldIsShownWhileTheDatabaseIsAway() {
    inventory.tick();
    healthy = false;
    inventory.tick();
    assertThat(shown())
        .containsEntry("aegis_database_up", 0.0)
        .doesNotContainKeys("aegis_dead_letters", "aegis_inventory_age_seconds");
    assertThat(counts).isEqualTo(1);
    healthy = true;
    inventory.tick();
    assertThat(shown()).containsKey("aegis_dead_letters").containsEntry("aegis_database_up", 1.0);
  }

  @Test
  void nothingOldIsShownWhereCountingFails() {
    inventory.tick();
    failing = true;
    inventory.tick();
    assertThat(shown())
        .containsEntry("aegis_database_up", 1.0)
        .doesNotContainKey("aegis_dead_letters");
  }

  @Test
  void whereCountingFailsTheLogSaysSoOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(Inventory.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try {
      failing = true;
      inventory.tick();
      inventory.tick();
      failing = false;
      inventory.tick();
      inventory.tick();
      failing = true;
      inventory.tick();
    } finally {
      logger.detachAppender(said);
    }
    assertThat(said.list).filteredOn(event -> event.getLevel() == Level.WARN).hasSize(2);
  }

  @Test
  void whatTakesLongIsCountedLessOften() {
    counting = TimeUnit.SECONDS.toNanos(2);
    inventory.tick();
    nanos += TimeUnit.SECONDS.toNanos(39);
    inventory.tick();
    assertThat(counts).isEqualTo(1);
    assertThat(shown()).containsEntry("aegis_inventory_age_seconds", 39.0);
    nanos += TimeUnit.SECONDS.toNanos(1);
    inventory.tick();
    assertThat(counts).isEqualTo(2);
  }

  @Test
  void aDatabaseThatNobodyHasLookedAtIsNotUp() {
    inventory.tick();
    nanos += TimeUnit.SECONDS.toNanos(30);
    assertThat(shown()).containsEntry("aegis_database_up", 0.0);
  }

  private Map<String, Double> shown() {
    Map<String, Double> shown = new TreeMap<>();
    for (MetricSnapshot metric : inventory.collect()) {
      for (var point : ((GaugeSnapshot) metric).getDataPoints()) {
        String labels = point.getLabels().isEmpty() ? "" : point.getLabels().toString();
        shown.put(metric.getMetadata().getName() + labels, point.getValue());
      }
    }
    return shown;
  }
}
