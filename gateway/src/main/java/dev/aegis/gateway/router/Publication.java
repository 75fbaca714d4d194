package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.gateway.topics.Audience;
import dev.aegis.gateway.topics.Subscription;
import dev.aegis.gateway.topics.TopicFabric.MemberElsewhere;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// A message to a topic, and who gets it. Any thread; made and used on one.
final class Publication {
  private static final int REFERENCE_BYTES = 8;

  /// Topics whose first token begins so are the gateway's own.
  private static final String RESERVED = "@aegis";

  private final RouterContext context;
  private final String organization;
  private final String topic;
  private final RoutingHeader header;
  private final byte[] buffer;
  private final int offset;
  private final long acceptedAtMillis;
  private @Nullable Map<String, String> metadata;
  private int reached;

  /// @param organization the sender's, which the topic belongs to
  /// @param buffer holds the envelope at `offset`; borrowed
  Publication(
      RouterContext context,
      String organization,
      String topic,
      RoutingHeader header,
      byte[] buffer,
      int offset) {
    this.context = context;
    this.organization = organization;
    this.topic = topic;
    this.header = header;
    this.buffer = buffer;
    this.offset = offset;
    this.acceptedAtMillis = context.gate().steady().millis();
  }

  /// Whether only the gateway publishes to a topic. Patterns that begin with a wildcard are not for
  /// it.
  static boolean isReserved(String topic) {
    return topic.equals(RESERVED) || topic.startsWith(RESERVED + ".");
  }

  static Refused reserved() {
    return new Refused(ErrorCode.NOT_AUTHORIZED, "only the gateway publishes there", 0);
  }

  RoutingHeader header() {
    return header;
  }

  /// Best-effort to whoever is connected.
  ///
  /// @param digest the envelope's leaf hash, null where nobody has computed it
  /// @return why it was not sent at all, or null
  @Nullable Refused send(byte @Nullable [] digest) {
    Audience audience = audience();
    context.topics().counters().countPublished(header.guarantee(), !audience.isEmpty());
    Recording recording = recording(digest);
    if (recording == null) {
      return Recording.full(context);
    }
    Refused why = sendTo(audience.live());
    recording.end(why);
    if (why == null) {
      reached = audience.live().size();
      context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
      tellNodes(audience);
    }
    return why;
  }

  /// A durable one, to those that have no copy of it: best-effort, so who cannot have it misses it.
  void sendStored(Audience audience) {
    Recording recording = recording(null);
    if (recording == null) {
      context.counters().countRefused(ErrorCode.OVERLOADED);
      return;
    }
    sendTo(audience.live());
    tellNodes(audience);
    recording.end(null);
  }

  private @Nullable Recording recording(byte @Nullable [] digest) {
    return Recording.toMany(context, organization, header, buffer, offset, digest);
  }

  /// How many agents it was sent to.
  int reached() {
    return reached;
  }

  /// Who gets it, as things are.
  Audience audience() {
    List<Subscription> fitting = new ArrayList<>();
    context
        .topics()
        .table()
        .match(
            organization,
            topic,
            each -> {
              if (fits(each)) {
                fitting.add(each);
              }
            });
    return Audience.of(
        fitting, elsewhere(), header, this::connected, ThreadLocalRandom.current()::nextInt);
  }

  private List<MemberElsewhere> elsewhere() {
    List<MemberElsewhere> members = new ArrayList<>(0);
    context
        .topics()
        .fabric()
        .membersElsewhere(
            organization,
            topic,
            each -> {
              if (fits(each.subscription())) {
                members.add(each);
              }
            });
    return members;
  }

  private boolean fits(Subscription subscription) {
    return Authorization.mayReach(organization, subscription.organization())
        && subscription
            .filter()
            .passes(header.type(), header.priority(), header.from(), this::metadata)
        && (!isReserved(topic) || subscription.pattern().tokens().getFirst().equals(RESERVED));
  }

  private boolean connected(String agent) {
    return context.peers().find(agent) != null;
  }

  private Map<String, String> metadata() {
    Map<String, String> known = metadata;
    if (known == null) {
      try {
        known = EnvelopeCodec.metadata(buffer, offset, header.encodedBytes());
      } catch (EnvelopeException e) {
        throw new IllegalStateException("its header was parsed before", e);
      }
      metadata = known;
    }
    return known;
  }

  /// To these agents, best-effort: to each loop once.
  ///
  /// @return why it was not sent at all, or null
  private @Nullable Refused sendTo(Collection<String> agents) {
    Map<EventExecutor, List<Peer>> byLoop = new HashMap<>();
    for (String agent : agents) {
      Peer peer = context.peers().find(agent);
      if (peer != null) {
        byLoop.computeIfAbsent(peer.session().loop(), _ -> new ArrayList<>()).add(peer);
      }
    }
    if (byLoop.isEmpty()) {
      return null;
    }
    Map<EventExecutor, FanOut.Part> parts = new HashMap<>();
    byLoop.forEach((loop, peers) ->
        parts.put(loop, new FanOut.Part(peers, _ -> true, REFERENCE_BYTES * peers.size())));
    return new FanOut(
            context,
            context.topics().counters().live(),
            header,
            acceptedAtMillis,
            BestEffort.deliveryOf(
                buffer, offset, header.encodedBytes(), context.gate().nowMillis()))
        .send(parts);
  }

  /// The agents of other nodes.
  private void tellNodes(Audience audience) {
    context
        .topics()
        .fabric()
        .published(organization, header, buffer, offset, audience.turns(), false);
  }

  /// A message that another node accepted: best-effort to the agents connected here that have no
  /// copy in their mailbox, and to one of each queue group whose turn has come to this node. Where
  /// the members of such a group have just left, its turn goes on to another node, once.
  ///
  /// @param turns those groups
  /// @param onlyTurns whether it is for nobody else, since everybody else has had it
  void sendFromElsewhere(Set<String> turns, boolean onlyTurns) {
    List<Subscription> fitting = new ArrayList<>();
    Set<String> unserved = new HashSet<>(turns);
    context
        .topics()
        .table()
        .match(
            organization,
            topic,
            each -> {
              String group = each.group();
              boolean meant = group == null ? !onlyTurns : turns.contains(group);
              if (meant && fits(each)) {
                fitting.add(each);
                if (group != null && connected(each.agent())) {
                  unserved.remove(group);
                }
              }
            });
    sendTo(
        Audience.here(fitting, header, this::connected, ThreadLocalRandom.current()::nextInt)
            .live());
    if (!unserved.isEmpty() && !onlyTurns) {
      passOn(unserved);
    }
  }

  private void passOn(Set<String> groups) {
    List<MemberElsewhere> members =
        elsewhere().stream().filter(each -> groups.contains(each.subscription().group())).toList();
    Audience others =
        Audience.of(List.of(), members, header, _ -> false, ThreadLocalRandom.current()::nextInt);
    if (!others.turns().isEmpty()) {
      context
          .topics()
          .fabric()
          .published(organization, header, buffer, offset, others.turns(), true);
    }
  }
}
