package dev.aegis.store;

import dev.aegis.protocol.Priority;
import dev.aegis.store.NodeFrames.Result;
import dev.aegis.store.NodeFrames.Told;
import dev.aegis.store.fabric.FabricListener;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What comes from other nodes.
final class ClusterInbox implements FabricListener {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterInbox.class);

  private final ClusterJournal cluster;
  private final PostgresJournal here;
  private final ClusterJournal.Node node;

  ClusterInbox(ClusterJournal cluster, PostgresJournal here, ClusterJournal.Node node) {
    this.cluster = cluster;
    this.here = here;
    this.node = node;
  }

  @Override
  public void received(long fromNode, Priority priority, List<byte[]> flights) {
    List<Told> refused = new ArrayList<>();
    for (byte[] frame : flights) {
      try {
        switch (frame[0]) {
          case NodeFrames.FORWARD -> take(fromNode, frame, refused);
          case NodeFrames.RESULTS -> NodeFrames.results(frame).forEach(cluster::answered);
          case NodeFrames.WANTED, NodeFrames.RELEASED -> cluster.ring();
          default -> {
            if (frame[0] >= NodeFrames.FIRST_FREE) {
              node.received(fromNode, priority, frame);
            } else {
              LOG.debug("node {} sent an unknown frame {}", fromNode, frame[0]);
            }
          }
        }
      } catch (StoreException e) {
        LOG.warn("a frame of node {} is passed over: {}", fromNode, e.getMessage());
      }
    }
    if (!refused.isEmpty()) {
      cluster.tell(fromNode, refused);
    }
  }

  private void take(long fromNode, byte[] frame, List<Told> refused) {
    Forwarded origin = new Forwarded(fromNode, NodeFrames.ticket(frame));
    Result why =
        switch (NodeFrames.entry(frame)) {
          case Accept accept -> {
            boolean full = node.isFull(here.mailboxes().depth(accept.recipient()));
            yield full ? Result.MAILBOX_FULL : offered(accept.from(origin), accept.recipient());
          }
          case Discard discard ->
              offered(
                  new Discard(
                      discard.recipient(),
                      discard.mailboxEpoch(),
                      discard.sequence(),
                      discard.atMillis(),
                      origin),
                  discard.recipient());
          case Progress _, Release _, SignedWindow _ ->
              throw new StoreException.Rejected("this entry is not for another node", null);
        };
    if (why != null) {
      refused.add(new Told(origin.ticket(), why, 0, 0));
    }
  }

  private @Nullable Result offered(JournalEntry entry, String recipient) {
    if (!here.mailboxes().owns(recipient)) {
      return Result.MOVED;
    }
    return switch (here.offer(entry)) {
      case ACCEPTED -> null;
      case FULL -> Result.BUSY;
      case UNAVAILABLE -> Result.UNAVAILABLE;
      case CLOSED -> Result.MOVED; // somebody else has it soon
    };
  }

  @Override
  public void published(String channel, byte[] flight) {
    node.published(channel, flight);
  }

  @Override
  public void inboxLost() {
    cluster.ring(); // a bell may have been in it; whatever else was is sent again
  }
}
