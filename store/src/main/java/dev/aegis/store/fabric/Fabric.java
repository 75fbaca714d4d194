package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// What a gateway node uses to reach the others of its cluster: an inbox for each node, a register
/// of who holds which agent, and topics.
///
/// Best-effort, with an answer: a flight that was SENT may still be lost with the inbox it lies in,
/// and one that was answered UNAVAILABLE may have arrived. Whoever needs more sends again, and
/// recognises repeats. Flights of one sender and class that arrive do so in the order they were
/// sent.
///
/// Thread-safe; no call blocks but [#close]. The stages complete on a thread of the fabric, which
/// must not be blocked.
public interface Fabric extends AutoCloseable {
  /// The longest flight, in bytes.
  int MAX_FLIGHT_BYTES = 2 << 20;

  /// This node.
  FabricNode node();

  /// Sends bytes to a node's inbox; this node's own is one like any other. The array is not copied
  /// and must not change until the stage completes.
  ///
  /// @throws IllegalArgumentException the flight is empty or longer than [#MAX_FLIGHT_BYTES]
  CompletionStage<SendResult> send(long toNode, Priority priority, byte[] flight);

  /// Removes the inbox of a dead node with all that is in it. Its senders get NO_INBOX at once, and
  /// not only when its lease has run out.
  ///
  /// @return whether that is done; false where the fabric is away, and the lease does it later
  CompletionStage<Boolean> dropInbox(long node);

  /// Says that this node holds an agent, from now on until [#release]. The fabric says it again by
  /// itself before it is forgotten, and after Redis has lost it.
  ///
  /// @param epoch fences: the highest one wins, so an older holder cannot take the agent back
  CompletionStage<Claim> claim(String agentId, long epoch);

  /// Takes a claim back. Another holder's stays.
  CompletionStage<Boolean> release(String agentId, long epoch);

  /// Who holds an agent, as far as the fabric knows: empty also where it is away. Ask PostgreSQL
  /// then.
  CompletionStage<Optional<Holder>> find(String agentId);

  /// Sends bytes to all other nodes that have subscribed to a channel. Who is not there at that
  /// moment or does not keep up misses them.
  ///
  /// @throws IllegalArgumentException the flight is empty or longer than [#MAX_FLIGHT_BYTES]
  CompletionStage<SendResult> publish(String channel, byte[] flight);

  /// From now on [FabricListener#published] gets what others publish there. Lasts: the fabric
  /// subscribes again after it lost its connection.
  ///
  /// @return whether it is in effect; false where the fabric is away, and it will be later
  CompletionStage<Boolean> subscribe(String channel);

  /// The end of it.
  CompletionStage<Boolean> unsubscribe(String channel);

  /// A moment's picture, for metrics and health.
  FabricState state();

  /// Takes the inbox and the claims away and stops. What waits is answered UNAVAILABLE; a listener
  /// that blocks is interrupted.
  @Override
  void close();
}
