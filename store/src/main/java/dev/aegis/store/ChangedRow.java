package dev.aegis.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a message is whose row was changed.
record ChangedRow(
    RowState.Key key,
    UUID id,
    String sender,
    String type,
    @Nullable UUID conversation,
    @Nullable UUID correlation,
    long createdAtMillis) {
  /// Of `message_queue m`, as [#read] takes them.
  static final String COLUMNS =
      "m.agent_id, m.mailbox_epoch, m.sequence, m.id, m.sender_id, m.message_type,"
          + " m.conversation_id, m.correlation_id, "
          + MessageRows.millis("m.created_at");

  static List<ChangedRow> read(ResultSet row) throws SQLException {
    List<ChangedRow> all = new ArrayList<>();
    while (row.next()) {
      all.add(
          new ChangedRow(
              new RowState.Key(row.getString(1), row.getLong(2), row.getLong(3)),
              row.getObject(4, UUID.class),
              row.getString(5),
              row.getString(6),
              row.getObject(7, UUID.class),
              row.getObject(8, UUID.class),
              row.getLong(9)));
    }
    return all;
  }
}
