package dev.aegis.gateway.router;

import dev.aegis.gateway.admission.Address;
import dev.aegis.gateway.admission.RateLimiter;
import dev.aegis.gateway.admission.Recipient;
import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.RoutingHeader;
import dev.aegis.store.Accept;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Messages that no agent has signed: what comes over REST. Thread-safe; never blocks.
final class Submissions {
  private final RouterContext context;
  private final Executor blocking;

  /// @param blocking runs what blocks
  Submissions(RouterContext context, Executor blocking) {
    this.context = context;
    this.blocking = blocking;
  }

  /// @return completes when a durable message is on disk, or a best-effort one is handed on
  CompletionStage<SubmitResult> submit(Principal principal, Message message) {
    byte[] envelope = EnvelopeCodec.encode(message);
    RoutingHeader header;
    Address address;
    try {
      header = RoutingHeader.parse(envelope, 0, envelope.length, context.settings().limits());
      address = Address.parse(header.to());
    } catch (EnvelopeException e) {
      context.counters().countRefused(e.code());
      return CompletableFuture.completedFuture(new SubmitResult.Refused(e.code(), e.reason(), 0));
    }
    context.counters().countReceived(header.priority(), header.guarantee(), envelope.length);
    Refused why = context.gate().sender(header, principal.agentId(), RateLimiter.Sender.ANYWHERE);
    if (why != null) {
      return refused(why);
    }
    return switch (address) {
      case Address.Broadcast() -> broadcast(principal, header, envelope);
      case Address.ToTopic(String topic) -> publish(principal, topic, header, envelope);
      case Address.ToCapability(CapabilityAddress wanted) ->
          submit(principal, new Work(context, principal.organization(), wanted, header), envelope);
      case Address.ToAgent(String to) ->
          context
              .recipient(to)
              .thenCompose(recipient -> submit(principal, header, envelope, recipient))
              .exceptionallyCompose(failure -> refused(context.gate().storeUnavailable()));
    };
  }

  private CompletableFuture<SubmitResult> broadcast(
      Principal principal, RoutingHeader header, byte[] envelope) {
    Refused why = Broadcast.send(context, principal.organization(), header, envelope, 0, null);
    return why != null
        ? refused(why)
        : CompletableFuture.completedFuture(new SubmitResult.Sent(context.peers().size()));
  }

  private CompletableFuture<SubmitResult> publish(
      Principal principal, String topic, RoutingHeader header, byte[] envelope) {
    if (Publication.isReserved(topic)) {
      return refused(Publication.reserved());
    }
    if (!header.guarantee().isDurable()) {
      Publication publication =
          new Publication(context, principal.organization(), topic, header, envelope, 0);
      Refused why = publication.send(null);
      return why != null
          ? refused(why)
          : CompletableFuture.completedFuture(new SubmitResult.Sent(publication.reached()));
    }
    CompletableFuture<SubmitResult> result = new CompletableFuture<>();
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    new StoredPublication(
            context,
            principal.organization(),
            topic,
            header,
            envelope,
            blocking,
            published -> result.complete(SubmitResult.of(published)))
        .store(null, -1);
    return result;
  }

  private CompletableFuture<SubmitResult> submit(
      Principal principal, RoutingHeader header, byte[] envelope, Recipient recipient) {
    Refused why = context.gate().recipient(header, principal.organization(), recipient);
    if (why != null) {
      return refused(why);
    }
    return header.guarantee().isDurable()
        ? durable(header.to(), header, envelope)
        : bestEffort(principal, header.to(), header, envelope);
  }

  private CompletableFuture<SubmitResult> submit(Principal principal, Work work, byte[] envelope) {
    RoutingHeader header = work.header();
    if (header.guarantee().isDurable()) {
      Refused why = work.durable(envelope, 0);
      return why != null ? refused(why) : durable(work.pool(), header, envelope);
    }
    String chosen = work.connected();
    return chosen == null
        ? refused(work.nobody())
        : bestEffort(principal, chosen, header, envelope);
  }

  private CompletableFuture<SubmitResult> durable(
      String recipient, RoutingHeader header, byte[] envelope) {
    CompletableFuture<SubmitResult> result = new CompletableFuture<>();
    Origin origin = new Origin.FromApi(result, header.flags());
    long now = context.gate().nowMillis();
    Accept accept =
        Signing.accept(header, recipient, envelope, now, origin)
            .digest(Unsigned.digest(envelope))
            .build();
    Refused why = context.gate().journal(context.journal().offer(accept));
    if (why != null) {
      return refused(why);
    }
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    return result;
  }

  private CompletableFuture<SubmitResult> bestEffort(
      Principal principal, String recipient, RoutingHeader header, byte[] envelope) {
    Recording recording =
        Recording.toAgent(context, principal.organization(), recipient, header, envelope, 0, null);
    if (recording == null) {
      return refused(Recording.full(context));
    }
    byte[] delivery =
        BestEffort.deliveryOf(envelope, 0, envelope.length, context.gate().nowMillis());
    Peer to = context.peers().find(recipient);
    if (to != null) {
      long now = context.gate().steady().millis();
      return passed(
          header,
          recording,
          BestEffort.send(context, new BestEffort(to, null, header, now, delivery)));
    }
    CompletableFuture<OtherNodes.Passed> result = new CompletableFuture<>();
    context
        .others()
        .bestEffort(principal.organization(), recipient, header, delivery, result::complete);
    return result.thenCompose(
        passed -> passed(header, recording, BestEffort.refused(context, passed)));
  }

  private CompletableFuture<SubmitResult> passed(
      RoutingHeader header, Recording recording, @Nullable Refused why) {
    recording.end(why);
    if (why != null) {
      return refused(why);
    }
    context.counters().count(Transition.ACCEPTED, header.priority(), header.guarantee());
    return CompletableFuture.completedFuture(new SubmitResult.Sent(1));
  }

  private CompletableFuture<SubmitResult> refused(Refused why) {
    context.counters().countRefused(why.code());
    return CompletableFuture.completedFuture(
        new SubmitResult.Refused(why.code(), why.reason(), why.retryAfterMillis()));
  }
}
