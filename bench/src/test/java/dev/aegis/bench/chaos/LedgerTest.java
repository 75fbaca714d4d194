package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.bench.chaos.Entry.What;
import dev.aegis.protocol.Guarantee;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// That the comparison finds what it is there to find.
class LedgerTest {
  private static final Path FILE = Path.of("receiver.ledger");

  private final Ledger ledger = new Ledger();

  @ParameterizedTest
  @EnumSource(
      value = Guarantee.class,
      names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void aPromiseKeptIsNothingToReport(Guarantee guarantee) {
    add(What.INTENDED, guarantee, 1);
    add(What.PROMISED, guarantee, 1);
    add(What.HANDLED, guarantee, 1);
    assertThat(ledger.verdict().promised()).isEqualTo(1);
    assertThat(ledger.verdict().handled()).isEqualTo(1);
    assertThat(ledger.verdict().lost()).isZero();
    assertThat(ledger.verdict().isKept()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Guarantee.class,
      names = {"AT_LEAST_ONCE", "EXACTLY_ONCE"})
  void aPromiseNotKeptIsLost(Guarantee guarantee) {
    add(What.PROMISED, guarantee, 1);
    add(What.HANDLED, guarantee, 1);
    add(What.PROMISED, guarantee, 2);
    add(What.HANDLED, guarantee, 3); // another one does not make up for it
    assertThat(ledger.verdict().lost()).isEqualTo(1);
    assertThat(ledger.verdict().unpromised()).isEqualTo(1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void exactlyOnceHandledTwiceBreaksThePromise() {
    add(What.PROMISED, Guarantee.EXACTLY_ONCE, 1);
    add(What.HANDLED, Guarantee.EXACTLY_ONCE, 1);
    add(What.HANDLED, Guarantee.EXACTLY_ONCE, 1);
    assertThat(ledger.verdict().lost()).isZero();
    assertThat(ledger.verdict().duplicates(Guarantee.EXACTLY_ONCE)).isEqualTo(1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void exactlyOnceHandledTwiceCountsThoughNobodyWasPromisedIt() {
    add(What.HANDLED, Guarantee.EXACTLY_ONCE, 1);
    add(What.HANDLED, Guarantee.EXACTLY_ONCE, 1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void atLeastOnceMayBeHandledAgainByTheNextProcess() {
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    confirmed(41, 50);
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    add(What.PROMISED, Guarantee.AT_LEAST_ONCE, 1);
    assertThat(ledger.verdict().handled()).isEqualTo(1);
    assertThat(ledger.verdict().unpromised()).isZero();
    assertThat(ledger.verdict().duplicates(Guarantee.AT_LEAST_ONCE)).isEqualTo(1);
    assertThat(ledger.verdict().unallowed()).isZero();
    assertThat(ledger.verdict().isKept()).isTrue();
  }

  @Test
  void atLeastOnceMayNotBeHandledAgainByTheSameProcess() {
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    assertThat(ledger.verdict().duplicates(Guarantee.AT_LEAST_ONCE)).isEqualTo(2);
    assertThat(ledger.verdict().unallowed()).isEqualTo(1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void atLeastOnceMayNotBeHandledAgainOnceItsAckIsConfirmed() {
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    confirmed(30, 40);
    began();
    handled(Guarantee.AT_LEAST_ONCE, 1, 40);
    assertThat(ledger.verdict().unallowed()).isEqualTo(1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void aPromiseGivenTwiceIsOne() {
    add(What.PROMISED, Guarantee.EXACTLY_ONCE, 1);
    add(What.PROMISED, Guarantee.EXACTLY_ONCE, 1);
    assertThat(ledger.verdict().promised()).isEqualTo(1);
    assertThat(ledger.verdict().lost()).isEqualTo(1);
  }

  @Test
  void whatIsNotWhatWasSentBreaksThePromise() {
    add(What.PROMISED, Guarantee.AT_LEAST_ONCE, 1);
    add(What.HANDLED, Guarantee.AT_LEAST_ONCE, 1);
    add(What.CORRUPTED, Guarantee.AT_LEAST_ONCE, 1);
    assertThat(ledger.verdict().corrupted()).isEqualTo(1);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  @Test
  void onlyExactlyOnceHasToBeTakenInTheEnd() {
    add(What.REFUSED, Guarantee.AT_LEAST_ONCE, 1);
    assertThat(ledger.verdict().isKept()).isTrue();
    add(What.REFUSED, Guarantee.EXACTLY_ONCE, 2);
    assertThat(ledger.verdict().isKept()).isFalse();
  }

  private void add(What what, Guarantee guarantee, int id) {
    ledger.add(FILE, Entry.sent(what, guarantee, 0, new UUID(7, id)));
  }

  private void began() {
    ledger.add(FILE, Entry.began());
  }

  private void handled(Guarantee guarantee, int id, long sequence) {
    ledger.add(FILE, new Entry(What.HANDLED, guarantee, 0, new UUID(7, id), 3, sequence, 0));
  }

  private void confirmed(long first, long last) {
    ledger.add(FILE, Entry.confirmed(0, 3, first, last));
  }
}
