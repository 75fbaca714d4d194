package dev.aegis.store;

/// Does what the journal does to an entry when it forms a segment.
public final class Placed {
  private Placed() {}

  public static Accept at(Accept accept, Outcome outcome, long sequence) {
    accept.place(outcome, 1, sequence);
    return accept;
  }

  /// The row of what was placed.
  public static StoredMessage row(Accept accept, MessageStatus status) {
    RowState row = new RowState(accept);
    row.status = status;
    return StoredMessage.of(accept).after(row);
  }
}
