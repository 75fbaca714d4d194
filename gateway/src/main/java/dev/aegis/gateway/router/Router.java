package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Address;
import dev.aegis.gateway.admission.Authorization;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Recipient;
import dev.aegis.gateway.admission.Recipients;
import dev.aegis.gateway.capability.Capabilities;
import dev.aegis.gateway.delivery.HeldBytes;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.topics.DurableSubscriptions;
import dev.aegis.gateway.topics.TopicFabric;
import dev.aegis.gateway.topics.TopicTable;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.protocol.TopicName;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.CapabilityStore;
import dev.aegis.store.Journal;
import dev.aegis.store.LiveTimes;
import dev.aegis.store.MessageStore;
import dev.aegis.store.SubscriptionStore;
import dev.aegis.store.TrailQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Routes what agents and the REST API send: admits, stores, hands on, and reports back. Sessions
/// call it on their event loops; [#submit] may be called from any thread.
///
/// The journal needs its listener when it is opened, so the parts come up in this order:
/// [JournalReports], journal, router.
public final class Router implements SessionListener {
  private static final int READS_AT_ONCE = 8;
  private static final int REMEMBERED_AGENTS = 131_072;

  /// Any thread's own.
  private static final RandomGenerator CHANCE = () -> ThreadLocalRandom.current().nextLong();

  private final RouterContext context;
  private final DeadLetters deadLetters;
  private final HandOver handOver;
  private final Submissions submissions;
  private final Function<String, Optional<Agent>> agents;

  /// Reads the durable subscriptions.
  ///
  /// @param agents looks an agent up by its id; may block and throw as the store does
  /// @param trail takes the best-effort messages that are passed on, null for none
  /// @param blocking runs what blocks, such as `Thread::startVirtualThread`
  /// @param nanoTime a clock that never goes back, such as `System::nanoTime`
  public Router(
      RouterSettings settings,
      JournalReports reports,
      Journal journal,
      MessageStore messages,
      Function<String, Optional<Agent>> agents,
      AuditLog audit,
      @Nullable TrailQueue trail,
      RateLimiter rates,
      Uuid7 ids,
      Executor blocking,
      SubscriptionStore subscriptions,
      OtherNodes others,
      TopicFabric fabric,
      InstantSource clock,
      LongSupplier nanoTime) {
    StoreReads reads = new StoreReads(blocking, READS_AT_ONCE);
    Recipients recipients =
        new Recipients(id -> reads.read("agent", () -> agents.apply(id)), clock, REMEMBERED_AGENTS);
    TopicTable table = new TopicTable(settings.topics().all(), fabric);
    Topics topics =
        new Topics(
            settings.topics(),
            table,
            new DurableSubscriptions(subscriptions, table),
            new StoreReads(blocking, 1),
            fabric,
            reports.counters().topics());
    this.context =
        new RouterContext(
            settings,
            new Gate(settings, rates, journal, clock, nanoTime),
            reports.peers(),
            reports.dispatchers(),
            recipients,
            reads,
            journal,
            messages,
            audit,
            trail,
            new HeldBytes(settings.heldBytes()),
            new StoringTime(),
            reports.counters(),
            topics,
            others,
            new Capabilities(journal.mailboxes(), CHANCE),
            ids);
    reports.others(others);
    this.handOver = new HandOver(context);
    reports.handOver(handOver);
    this.deadLetters = new DeadLetters(context);
    this.submissions = new Submissions(context, blocking);
    this.agents = agents;
  }

  @Override
  public void opened(Session session) {
    Peer peer = new Peer(session, context);
    session.attach(peer);
    peer.open();
  }

  @Override
  public void flight(Session session, byte[] buffer, int offset, int length) {
    if (session.attachment() instanceof Peer peer) {
      peer.intake().flight(buffer, offset, length);
    }
  }

  @Override
  public void writable(Session session) {
    if (session.attachment() instanceof Peer peer) {
      peer.owed().writable();
      peer.intake().writable();
      peer.touch();
    }
  }

  @Override
  public void wants(Session session, int messages) {
    if (session.attachment() instanceof Peer peer) {
      peer.owed().want(messages);
    }
  }

  @Override
  public int onItsWay(Session session) {
    return session.attachment() instanceof Peer peer ? peer.owed().unacknowledged() : 0;
  }

  @Override
  public void closed(Session session, CloseCode code) {
    if (session.attachment() instanceof Peer peer) {
      session.attach(null);
      peer.close();
    }
  }

  /// Who may send to whom. Any thread.
  public Authorization authorization() {
    return context.gate().authorization();
  }

  /// Refuses every new message from here on with `shutting-down`. Any thread.
  public void drain() {
    context.gate().drain();
  }

  /// Has an agent looked up again: it was added, changed or revoked. Any thread.
  public void agentChanged(String agentId) {
    context.others().agentChanged(agentId);
    forgetAgent(agentId);
  }

  /// Likewise, when another node says so.
  public void forgetAgent(String agentId) {
    context.recipients().forget(agentId);
    if (context.topics().durable().of(agentId).isEmpty()) {
      return;
    }
    context
        .recipients()
        .load(agentId)
        .thenAccept(recipient -> {
          if (recipient instanceof Recipient.Unknown || recipient instanceof Recipient.Revoked) {
            forgetSubscriptions(agentId);
          }
        });
  }

  /// The organization of an agent that was not revoked, as it was some seconds ago at most; empty
  /// where there is none. Any thread.
  public CompletionStage<Optional<String>> organizationOf(String agentId) {
    return context
        .recipient(agentId)
        .thenApply(found ->
            switch (found) {
              case Recipient.Known(String organization) -> Optional.of(organization);
              case Recipient.Inactive(String organization) -> Optional.of(organization);
              case Recipient.Unknown _, Recipient.Revoked _ -> Optional.<String>empty();
            });
  }

  /// Ends the session if its agent may not be connected with its key, or not at all.
  public void endIfShutOut(Session session) {
    context
        .reads()
        .read("agent", () -> agents.apply(session.agentId()))
        .thenAccept(found -> {
          if (found.isPresent() && isShutOut(found.get(), session)) {
            session.close(CloseCode.REVOKED);
          }
        });
  }

  private static boolean isShutOut(Agent agent, Session session) {
    return agent.revoked()
        || agent.status() == AgentStatus.INACTIVE
        || !session.fits(agent.publicKey());
  }

  private void forgetSubscriptions(String agentId) {
    context
        .topics()
        .changes()
        .read(
            "subscriptions",
            () -> {
              context.topics().durable().forget(agentId);
              return true;
            });
  }

  /// Delivers a message to a topic that another node has accepted to the agents connected here. Any
  /// thread; never blocks.
  ///
  /// @param organization the sender's
  /// @param turns the queue groups whose turn has come to this node
  /// @param onlyTurns whether everybody else has had it
  /// @throws EnvelopeException it is no message to a topic
  public void publishedElsewhere(
      String organization, byte[] envelope, Set<String> turns, boolean onlyTurns)
      throws EnvelopeException {
    RoutingHeader header =
        RoutingHeader.parse(envelope, 0, envelope.length, context.settings().limits());
    if (!(Address.parse(header.to()) instanceof Address.ToTopic(String topic))) {
      throw new EnvelopeException(ErrorCode.INVALID_FIELD, "to");
    }
    new Publication(context, organization, topic, header, envelope, 0)
        .sendFromElsewhere(turns, onlyTurns);
  }

  /// Publishes what the gateway itself has to tell an organization, best-effort, here and at other
  /// nodes. Any thread; never blocks.
  ///
  /// @param message to a topic that agents cannot publish to
  public void announce(String organization, Message message) {
    byte[] envelope = EnvelopeCodec.encode(message);
    String topic = TopicName.ofAddress(message.to());
    if (topic == null || !Publication.isReserved(topic)) {
      throw new IllegalArgumentException("agents may publish to " + message.to());
    }
    try {
      RoutingHeader header =
          RoutingHeader.parse(envelope, 0, envelope.length, context.settings().limits());
      new Publication(context, organization, topic, header, envelope, 0).send(null);
    } catch (EnvelopeException e) {
      throw new IllegalArgumentException("not a message", e);
    }
  }

  /// What other nodes pass to the agents connected here.
  public FromNodes fromNodes() {
    return new FromNodes(context);
  }

  /// Reads the durable subscriptions of an agent again: another node has changed them. Any thread;
  /// never blocks.
  public void reloadSubscriptions(String agentId) {
    context
        .topics()
        .changes()
        .read(
            "subscriptions",
            () -> {
              context.topics().durable().reload(agentId);
              return true;
            });
  }

  /// Reads all durable subscriptions again: what other nodes have told of them may have been lost.
  /// Any thread; never blocks.
  public CompletionStage<Boolean> reloadSubscriptions() {
    return context
        .topics()
        .changes()
        .read(
            "subscriptions",
            () -> {
              context.topics().durable().reloadAll();
              return true;
            });
  }

  /// How many subscriptions there are, durable ones included. Any thread.
  public int subscriptions() {
    return context.topics().table().size();
  }

  /// How many durable subscriptions there are. Any thread.
  public int durableSubscriptions() {
    return context.topics().durable().size();
  }

  /// Starts ending stored messages whose time has passed.
  public Sweeper startSweeper(Duration every) {
    return new Sweeper(context, every);
  }

  /// Who may be chosen by what they are able to do.
  public Capabilities capabilities() {
    return context.capabilities();
  }

  /// Starts looking after work that nobody has, or whose agent has gone.
  ///
  /// @param times from when on a sign of life counts
  public MovingOn startMovingOn(CapabilityStore store, Supplier<LiveTimes> times) {
    return new MovingOn(context, handOver, store, times);
  }

  /// How many messages have been given from a pool to an agent. Any thread.
  public long handedOut() {
    return handOver.handed();
  }

  /// What settles dead letters.
  public DeadLetters deadLetters() {
    return deadLetters;
  }

  /// What the router counts.
  public GatewayCounters counters() {
    return context.counters();
  }

  /// Takes a message that its sender's agent did not sign. Any thread; never blocks.
  ///
  /// @return completes when a durable message is on disk, or a best-effort one is handed on
  public CompletionStage<SubmitResult> submit(Principal principal, Message message) {
    return submissions.submit(principal, message);
  }
}
