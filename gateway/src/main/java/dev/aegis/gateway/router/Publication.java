package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Authorization;
import dev.aegis.gateway.topics.Audience;
import dev.aegis.gateway.topics.Subscription;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.RoutingHeader;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
  /// @return why it was not sent at all, or null
  @Nullable Refused send() {
    Audience audience = audience();
    context.topics().counters().countPublished(header.guarantee(), !audience.isEmpty());
    Refused why = sendTo(audience.live());
    if (why == null) {
      reached = audience.live().size();
      context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
      tellNodes(audience);
    }
    return why;
  }

  /// How many agents it was sent to.
  int reached() {
    return reached;
  }

  /// Who gets it, as things are.
  Audience audience() {
    return audience(_ -> true);
  }

  private Audience audience(Predicate<Subscription> chosen) {
    List<Subscription> fitting = new ArrayList<>();
    Supplier<Map<String, String>> metadataOf = this::metadata;
    boolean reserved = isReserved(topic);
    context
        .topics()
        .table()
        .match(
            organization,
            topic,
            each -> {
              if (Authorization.mayReach(organization, each.organization())
                  && each.filter()
                      .passes(header.type(), header.priority(), header.from(), metadataOf)
                  && chosen.test(each)
                  && (!reserved || each.pattern().tokens().getFirst().equals(RESERVED))) {
                fitting.add(each);
              }
            });
    return Audience.of(
        fitting,
        header,
        agent -> context.peers().find(agent) != null,
        ThreadLocalRandom.current()::nextInt);
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
  @Nullable Refused sendTo(Collection<String> agents) {
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
    byLoop.forEach(
        (loop, peers) -> parts.put(loop, new FanOut.Part(peers, REFERENCE_BYTES * peers.size())));
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
  void tellNodes(Audience audience) {
    context.topics().fabric().published(organization, header, buffer, offset, audience.groups());
  }

  /// A message that another node accepted: best-effort to the agents connected here that have no
  /// copy in their mailbox.
  ///
  /// @param groups the queue groups whose turn has come to this node
  void sendFromElsewhere(Predicate<String> groups) {
    sendTo(audience(each -> each.group() == null || groups.test(each.group())).live());
  }
}
