package dev.aegis.store;

import org.jspecify.annotations.Nullable;

/// What a batch of segments makes of one message: a whole row if the message is new, else the
/// change to its row.
final class RowState {
  final @Nullable Accept accept;
  MessageStatus status = MessageStatus.PENDING;
  int retries;
  int failures;
  long retryAtMillis;
  long deliveredAtMillis;
  long processedAtMillis;
  long finishedAtMillis;
  @Nullable String reason;

  /// When the last change came.
  long changedAtMillis;

  RowState(@Nullable Accept accept) {
    this.accept = accept;
  }

  void apply(Progress progress) {
    if (!status.open()) {
      return;
    }
    status = progress.status();
    if (progress.reason() != null) {
      reason = progress.reason();
    }
    long at = progress.atMillis();
    changedAtMillis = at;
    switch (progress.status()) {
      case PENDING -> {
        retries++;
        failures += progress.reason() == null ? 0 : 1;
        retryAtMillis = progress.retryAtMillis();
      }
      case DELIVERED -> deliveredAtMillis = deliveredAtMillis == 0 ? at : deliveredAtMillis;
      case PROCESSED -> {
        reason = null; // that of a failure before is in the log
        processedAtMillis = at;
        finishedAtMillis = at;
      }
      case FAILED, EXPIRED, DEAD, MOVED -> finishedAtMillis = at;
    }
  }

  /// Which row.
  record Key(String recipient, long epoch, long sequence) {}
}
