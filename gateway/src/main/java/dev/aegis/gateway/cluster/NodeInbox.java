package dev.aegis.gateway.cluster;

import dev.aegis.gateway.router.FromNodes;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Priority;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.Mailboxes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What comes to this node from the others of its cluster. The journal needs it when it is opened,
/// and the router comes later: until [#open], nothing is connected here and frames are passed over.
public final class NodeInbox implements ClusterJournal.Node {
  private static final Logger LOG = LoggerFactory.getLogger(NodeInbox.class);

  private final CompletableFuture<Void> fenced = new CompletableFuture<>();
  private volatile @Nullable Open open;
  private volatile Consumer<byte[]> registry = _ -> {};
  private volatile Runnable nodeGone = () -> {};

  private record Open(Router router, FromNodes agents, Sessions sessions, ClusterJournal journal) {}

  /// The gateway is there.
  public void open(Router router, Sessions sessions, ClusterJournal journal) {
    open = new Open(router, router.fromNodes(), sessions, journal);
  }

  /// Who hears of changes of the registry at other nodes; throws IllegalArgumentException where it
  /// cannot read one.
  public void onRegistryChange(Consumer<byte[]> follower) {
    registry = follower;
  }

  /// What is done when another node is gone. Must not block.
  public void onNodeGone(Runnable action) {
    nodeGone = action;
  }

  /// Completes when this node has lost all that it owned, and has to start anew.
  public CompletionStage<Void> fence() {
    return fenced;
  }

  @Override
  public CompletionStage<?> letGo(String agent) {
    Open gateway = open;
    return gateway == null ? CompletableFuture.completedFuture(false) : gateway.agents.letGo(agent);
  }

  @Override
  public boolean isFull(Mailboxes.Depth depth) {
    Open gateway = open;
    return gateway != null && gateway.agents.isFull(depth);
  }

  @Override
  public void received(long fromNode, Priority priority, byte[] frame) {
    Open gateway = open;
    if (gateway == null) {
      return;
    }
    try {
      switch (NodeFrame.decode(frame)) {
        case NodeFrame.ToAgent(String organization, byte[] delivery) ->
            gateway.agents.bestEffort(
                organization,
                delivery,
                (sender, answer) -> answer(gateway, fromNode, sender, answer));
        case NodeFrame.Answer(String agent, byte[] control) ->
            gateway.agents.tell(agent, "", control(control));
        case NodeFrame.Control(String agent, String organization, byte[] control) ->
            gateway.agents.tell(agent, organization, control(control));
        case NodeFrame.Broadcast _,
            NodeFrame.ToTopic _,
            NodeFrame.AgentChanged _,
            NodeFrame.SubscriptionsChanged _,
            NodeFrame.RegistryChanged _ ->
            LOG.debug("node {} sent to an inbox what is to be published", fromNode);
      }
    } catch (EnvelopeException | IllegalArgumentException e) {
      LOG.warn("a frame of node {} is passed over: {}", fromNode, e.getMessage());
    }
  }

  private static Control control(byte[] encoded) throws EnvelopeException {
    if (EnvelopeCodec.decode(encoded, 0, encoded.length) instanceof Control control) {
      return control;
    }
    throw new IllegalArgumentException("not a control envelope");
  }

  private static void answer(Open gateway, long node, String sender, Control answer) {
    byte[] frame = new NodeFrame.Answer(sender, EnvelopeCodec.encode(answer)).encode();
    gateway.journal.fabric().send(node, Priority.CRITICAL, frame);
  }

  @Override
  public void published(String channel, byte[] flight) {
    Open gateway = open;
    if (gateway == null) {
      return;
    }
    try {
      switch (NodeFrame.decode(flight)) {
        case NodeFrame.Broadcast(String organization, byte[] delivery) ->
            gateway.agents.broadcast(organization, delivery);
        case NodeFrame.ToTopic(String organization, byte[] envelope) ->
            gateway.router.publishedElsewhere(organization, envelope, _ -> false);
        case NodeFrame.AgentChanged(String agent) -> {
          gateway.router.forgetAgent(agent);
          Session session = gateway.sessions.find(agent);
          if (session != null) {
            gateway.router.endIfShutOut(
                agent, session.key().bytes(), () -> session.close(CloseCode.REVOKED));
          }
        }
        case NodeFrame.SubscriptionsChanged(String agent) ->
            gateway.router.reloadSubscriptions(agent);
        case NodeFrame.RegistryChanged(byte[] event) -> registry.accept(event);
        case NodeFrame.ToAgent _, NodeFrame.Answer _, NodeFrame.Control _ ->
            LOG.debug("on {} was published what is for an inbox", channel);
      }
    } catch (EnvelopeException | IllegalArgumentException e) {
      LOG.warn("what was published on {} is passed over: {}", channel, e.getMessage());
    }
  }

  @Override
  public void gone(long node) {
    LOG.info("node {} is gone; its mailboxes are free", node);
    nodeGone.run();
  }

  @Override
  public void fenced() {
    fenced.complete(null);
  }
}
