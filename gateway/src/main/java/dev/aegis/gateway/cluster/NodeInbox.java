package dev.aegis.gateway.cluster;

import dev.aegis.gateway.router.FromNodes;
import dev.aegis.gateway.router.Router;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Priority;
import dev.aegis.store.ClusterJournal;
import dev.aegis.store.Mailboxes;
import java.util.HashSet;
import java.util.Set;
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

  private record Open(
      Router router, FromNodes agents, Sessions sessions, Neighbours neighbours, long node) {
    void send(long to, byte[] frame) {
      neighbours.fabric().send(to, Priority.CRITICAL, frame);
    }
  }

  /// The gateway is there.
  void open(Router router, Sessions sessions, Neighbours neighbours) {
    open =
        new Open(router, router.fromNodes(), sessions, neighbours, neighbours.fabric().node().id());
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

  /// Whether this node has lost all that it owned.
  public boolean isFenced() {
    return fenced.isDone();
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
        case NodeFrame.ToChosen(String agent, String organization, byte[] delivery) ->
            gateway.agents.bestEffort(
                agent,
                organization,
                delivery,
                (sender, answer) -> answer(gateway, fromNode, sender, answer));
        case NodeFrame.Answer(String agent, byte[] control) ->
            gateway.agents.tell(agent, control(control));
        case NodeFrame.Control(String agent, String organization, byte[] control) ->
            gateway.agents.pass(
                agent,
                organization,
                control(control),
                (sender, answer) -> answer(gateway, fromNode, sender, answer));
        case NodeFrame.GroupsWanted() -> gateway.neighbours.groups().wanted();
        case NodeFrame.UsageKnown known -> gateway.neighbours.usage().known(fromNode, known);
        case NodeFrame.Broadcast _,
            NodeFrame.ToTopic _,
            NodeFrame.Groups _,
            NodeFrame.UsageTold _,
            NodeFrame.UsageWanted _,
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
    gateway.send(node, frame);
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
        case NodeFrame.ToTopic topic -> published(gateway, topic);
        case NodeFrame.Groups groups -> gateway.neighbours.groups().heard(groups);
        case NodeFrame.UsageTold told -> gateway.neighbours.usage().told(told);
        case NodeFrame.UsageWanted wanted -> gateway.neighbours.usage().wanted(wanted);
        case NodeFrame.AgentChanged(String agent) -> {
          gateway.router.forgetAgent(agent);
          Session session = gateway.sessions.changed(agent);
          if (session != null) {
            gateway.router.endIfShutOut(session);
          }
        }
        case NodeFrame.SubscriptionsChanged(String agent) ->
            gateway.router.reloadSubscriptions(agent);
        case NodeFrame.RegistryChanged(byte[] event) -> registry.accept(event);
        case NodeFrame.ToAgent _,
            NodeFrame.ToChosen _,
            NodeFrame.Answer _,
            NodeFrame.Control _,
            NodeFrame.GroupsWanted _,
            NodeFrame.UsageKnown _ ->
            LOG.debug("on {} was published what is for an inbox", channel);
      }
    } catch (EnvelopeException | IllegalArgumentException e) {
      LOG.warn("what was published on {} is passed over: {}", channel, e.getMessage());
    }
  }

  private static void published(Open gateway, NodeFrame.ToTopic topic) throws EnvelopeException {
    Set<String> turns = new HashSet<>();
    topic
        .turns()
        .forEach((group, node) -> {
          if (node == gateway.node) {
            turns.add(group);
          }
        });
    if (!turns.isEmpty() || !topic.onlyTurns()) {
      gateway.router.publishedElsewhere(
          topic.organization(), topic.envelope(), turns, topic.onlyTurns());
    }
  }

  @Override
  public void gone(long node) {
    Open gateway = open;
    if (gateway != null) {
      gateway.neighbours.groups().gone(node);
    }
    LOG.info("node {} is gone; its mailboxes are free", node);
    nodeGone.run();
  }

  @Override
  public void fenced() {
    fenced.complete(null);
  }
}
