package dev.aegis.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.load.Stream.Arrival;
import dev.aegis.protocol.Priority;
import org.junit.jupiter.api.Test;

class StreamTest {
  private final Stream stream = new Stream(false);
  private final Stream durable = new Stream(true);

  @Test
  void whatWasAcceptedAndDidNotArriveIsMissing() {
    for (int i = 0; i < 10; i++) {
      assertThat(stream.send()).isEqualTo(i);
      stream.accept(i);
    }
    for (int i = 0; i < 10; i++) {
      if (i != 3 && i != 7) {
        stream.arrive(i, Priority.NORMAL);
      }
    }
    assertThat(stream.missing()).isEqualTo(2);
    assertThat(stream.arrivedCount()).isEqualTo(8);
    stream.arrive(3, Priority.NORMAL);
    assertThat(stream.missing()).isEqualTo(1);
  }

  @Test
  void refusedAndUnansweredAreNotMissing() {
    stream.send();
    stream.send();
    assertThat(stream.refuse(0)).isTrue();
    assertThat(stream.missing()).isZero();
    assertThat(stream.unanswered()).isEqualTo(1);
    assertThat(stream.refusedCount()).isEqualTo(1);
  }

  @Test
  void countsRepeatsAndWhatWasNeverSent() {
    stream.send();
    assertThat(stream.arrive(0, Priority.LOW)).isEqualTo(Arrival.SETTLED);
    assertThat(stream.arrive(0, Priority.LOW)).isEqualTo(Arrival.REPEATED);
    assertThat(stream.arrive(1, Priority.LOW)).isEqualTo(Arrival.UNKNOWN);
    assertThat(stream.arrive(-1, Priority.LOW)).isEqualTo(Arrival.UNKNOWN);
    assertThat(stream.repeated()).isEqualTo(1);
    assertThat(stream.unknown()).isEqualTo(2);
    assertThat(stream.arrivedCount()).isEqualTo(1);
  }

  @Test
  void onlyOvertakingWithinAClassIsOutOfOrder() {
    for (int i = 0; i < 4; i++) {
      stream.send();
    }
    stream.arrive(1, Priority.CRITICAL);
    stream.arrive(0, Priority.LOW);
    assertThat(stream.overtaken()).isZero();
    stream.arrive(3, Priority.LOW);
    stream.arrive(2, Priority.LOW);
    assertThat(stream.overtaken()).isEqualTo(1);
  }

  @Test
  void aDurableMessageLeavesTheWindowOnceWithReceiptAndArrivalInAnyOrder() {
    durable.send();
    durable.send();
    assertThat(durable.accept(0)).isFalse();
    assertThat(durable.arrive(0, Priority.NORMAL)).isEqualTo(Arrival.SETTLED);
    assertThat(durable.arrive(1, Priority.NORMAL)).isEqualTo(Arrival.FIRST);
    assertThat(durable.accept(1)).isTrue();
  }

  @Test
  void aDurableMessageForAnAbsentReceiverLeavesTheWindowWithItsReceipt() {
    durable.send();
    assertThat(durable.acceptForAbsent(0)).isTrue();
    assertThat(durable.missing()).isEqualTo(1);
  }

  @Test
  void whatWasWrittenOffFreesNoPlaceButCountsAsArrived() {
    stream.send();
    stream.accept(0);
    stream.writeOff();
    stream.send();
    stream.accept(1);
    assertThat(stream.arrive(0, Priority.NORMAL)).isEqualTo(Arrival.FIRST);
    assertThat(stream.arrive(1, Priority.NORMAL)).isEqualTo(Arrival.SETTLED);
    assertThat(stream.missing()).isZero();
  }

  @Test
  void theLedgerAddsUpAllPairs() {
    Ledger ledger = new Ledger(2, 3, false);
    ledger.stream(0, 0).send();
    ledger.stream(1, 2).send();
    ledger.stream(1, 2).accept(0);
    ledger.stream(1, 2).arrive(0, Priority.HIGH);
    Ledger.Totals totals = ledger.totals();
    assertThat(totals.sent()).isEqualTo(2);
    assertThat(totals.arrived()).isEqualTo(1);
    assertThat(totals.unanswered()).isEqualTo(1);
    assertThat(ledger.stream(1, 2)).isSameAs(ledger.stream(1, 2));
    assertThat(ledger.stream(0, 1)).isNotSameAs(ledger.stream(1, 0));
  }
}
