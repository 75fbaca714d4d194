package dev.aegis.gateway.delivery;

import dev.aegis.gateway.delivery.Decision.LoadPage;
import dev.aegis.gateway.delivery.Decision.Persist;
import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A mailbox whose decisions are kept, over a store in memory.
abstract class MailboxFixture {
  static final MailboxBounds BOUNDS = new MailboxBounds(4, 1_000, 8, 1_000, 500);
  static final RetrySettings RETRIES = new RetrySettings(2, 5_000, 100, 1_000, 2, 4);

  final ModelStore store = new ModelStore();
  final List<Decision> decisions = new ArrayList<>();
  final Mailbox mailbox =
      new Mailbox(
          BOUNDS,
          RETRIES,
          new HeldBytes(0), // what does not fit is read again
          new SplittableRandom(1),
          decisions::add,
          (_, _, _, _, _) -> {});

  Persist lastRecord() {
    return decisions.stream()
        .filter(Persist.class::isInstance)
        .map(Persist.class::cast)
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  OwedMessage commit(Priority priority) {
    return store.commit("s", priority, 1, 0);
  }

  void loadPage() {
    LoadPage page =
        decisions.stream()
            .filter(LoadPage.class::isInstance)
            .map(LoadPage.class::cast)
            .reduce((first, last) -> last)
            .orElseThrow();
    mailbox.pageLoaded(store.page(page), 0);
  }

  void commitRecords() {
    for (Decision decision : List.copyOf(decisions)) {
      if (decision instanceof Persist record) {
        store.finish(record.sequences());
        mailbox.recordCommitted(record.ticket(), 0);
      }
    }
  }
}
