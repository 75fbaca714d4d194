package dev.aegis.store.fabric;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.protocol.AsyncCommand;
import java.util.Collection;

/// One connection for commands that are answered at once, one for reads that wait.
record RedisConnections(
    StatefulConnection<byte[], byte[]> commands, StatefulConnection<byte[], byte[]> reads) {
  /// Sends with one flush. Each command completes, with a failure where it cannot be sent.
  static void send(
      StatefulConnection<byte[], byte[]> connection,
      Collection<? extends AsyncCommand<byte[], byte[], ?>> commands) {
    try {
      if (commands.size() == 1) {
        connection.dispatch(commands.iterator().next());
      } else {
        connection.dispatch(commands);
      }
    } catch (RuntimeException e) {
      commands.forEach(each -> each.completeExceptionally(e));
    }
  }
}
