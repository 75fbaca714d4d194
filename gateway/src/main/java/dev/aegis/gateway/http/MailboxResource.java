package dev.aegis.gateway.http;

import dev.aegis.gateway.poll.Answered;
import dev.aegis.gateway.poll.Poll;
import dev.aegis.gateway.poll.PollSessions;
import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.gateway.registry.Registry;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.store.Agent;
import dev.aegis.store.AgentStatus;
import dev.aegis.store.AgentStore;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.MessageStore;
import dev.aegis.store.PageCursor;
import dev.aegis.store.ResultStore;
import dev.aegis.store.StoredMessage;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The mailbox of an agent without a socket: what it is handed, what waits, and what it says of it.
/// Blocking.
final class MailboxResource implements Resource {
  private static final int MAX_WAIT_SECONDS = 60;
  private static final int MAX_RESULT_BYTES = 256 * 1024;
  private static final long ANSWER_SECONDS = 10;
  private static final long MAX_PAUSE_SECONDS = 3_600;

  private final PollSessions polls;
  private final AgentStore agents;
  private final MessageStore messages;
  private final ResultStore results;
  private final Registry registry;
  private final MessageLists lists;

  MailboxResource(
      PollSessions polls,
      AgentStore agents,
      MessageStore messages,
      ResultStore results,
      Registry registry,
      InstantSource clock) {
    this.polls = polls;
    this.agents = agents;
    this.messages = messages;
    this.results = results;
    this.registry = registry;
    this.lists = new MessageLists(messages, clock);
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/api/v1/agents/{id}/mailbox", this::poll)
            .needs(Scope.MESSAGES_RECEIVE)
            .query("limit", "wait"),
        Route.post("/api/v1/agents/{id}/mailbox/acks", this::acks).needs(Scope.MESSAGES_RECEIVE),
        Route.get("/api/v1/messages", this::list)
            .also("/api/messages")
            .needs(Scope.MESSAGES_READ)
            .orNeeds(Scope.MESSAGES_RECEIVE)
            .query(MessageLists.PARAMETERS),
        Route.put("/api/v1/messages/{id}/status", this::status)
            .also("/api/messages/{id}/status")
            .needs(Scope.MESSAGES_RECEIVE)
            .withBody(MAX_RESULT_BYTES));
  }

  /// Hands messages out, as soon as there are any.
  private Reply poll(Call call) throws ProblemException {
    Agent agent = own(call, call.variable("id"));
    int limit = Page.limit(call.parameter("limit"));
    long waitMillis = waitMillis(call.parameter("wait"));
    registry.beat(agent.id());
    Poll poll =
        get(
            polls.poll(agent.id(), agent.organization(), limit, waitMillis),
            waitMillis + TimeUnit.SECONDS.toMillis(ANSWER_SECONDS));
    return switch (poll) {
      case Poll.Messages got -> Reply.json(200, shown(got));
      case Poll.Connected() -> throw connected();
      case Poll.Full() -> throw full();
      case Poll.Ended(CloseCode why) -> throw ended(why);
    };
  }

  private static Map<String, Object> shown(Poll.Messages got) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("mailbox_epoch", got.mailboxEpoch());
    shown.put(
        "messages",
        got.deliveries().stream()
            .map(d ->
                MessageJson.delivery(d.sequence(), d.attempt(), d.acceptedAtMillis(), d.bytes()))
            .toList());
    shown.put("gaps", got.gaps().stream().map(MailboxResource::shown).toList());
    return shown;
  }

  private static Map<String, Object> shown(Control.Gap gap) {
    Map<String, Object> shown = new LinkedHashMap<>();
    List<List<Long>> ranges = new ArrayList<>();
    for (int i = 0; i < gap.sequences().count(); i++) {
      ranges.add(List.of(gap.sequences().first(i), gap.sequences().last(i)));
    }
    shown.put("sequences", ranges);
    shown.put("reason", ErrorCode.fromWire(gap.code()).map(ErrorCode::label).orElse("unknown"));
    return shown;
  }

  private static long waitMillis(@Nullable String seconds) throws ProblemException {
    try {
      int wait = seconds == null ? 0 : Integer.parseInt(seconds);
      if (wait >= 0 && wait <= MAX_WAIT_SECONDS) {
        return TimeUnit.SECONDS.toMillis(wait);
      }
    } catch (NumberFormatException _) {
      // Answered below, as a number that is out of range.
    }
    throw ProblemException.invalid("wait: 0 to " + MAX_WAIT_SECONDS + " seconds");
  }

  /// Messages that are processed, by their sequences.
  private Reply acks(Call call) throws ProblemException {
    Agent agent = own(call, call.variable("id"));
    Fields body = call.fields("mailbox_epoch", "sequences");
    long epoch = body.number("mailbox_epoch", 1, Long.MAX_VALUE, 0);
    JsonNode sequences = body.node("sequences");
    if (epoch == 0 || sequences == null || !sequences.isArray() || sequences.isEmpty()) {
      throw ProblemException.invalid("mailbox_epoch and sequences, as they were handed out");
    }
    if (sequences.size() > Page.MAX_LIMIT) {
      throw ProblemException.invalid("sequences: up to " + Page.MAX_LIMIT);
    }
    long[] numbers = new long[sequences.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode number = sequences.get(i);
      if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 1) {
        throw ProblemException.invalid("sequences: numbers from 1");
      }
      numbers[i] = number.longValue();
    }
    answered(polls.processed(agent.id(), agent.organization(), epoch, SequenceRanges.of(numbers)));
    return Reply.json(200, Map.of("mailbox_epoch", epoch, "sequences", numbers));
  }

  /// What waits in a mailbox, the most urgent first; nothing is handed out by that. Or, where
  /// something else is asked for, a list of messages.
  private Reply list(Call call) throws ProblemException {
    String recipient = call.parameter("to_agent_id");
    if (recipient == null || MessageLists.isAskedFor(call)) {
      Api.check(call.caller(), Scope.MESSAGES_READ);
      return lists.list(call);
    }
    Api.check(call.caller(), Scope.MESSAGES_RECEIVE);
    Agent agent = own(call, recipient);
    MessageStatus wanted = open(call.parameter("status"));
    Page page = Page.of(call);
    String after = page.after();
    PageCursor from = after == null ? PageCursor.START : cursor(after);
    List<StoredMessage> found = new ArrayList<>();
    boolean more = true;
    while (more && found.size() < page.limit()) {
      List<StoredMessage> rows = messages.pending(agent.id(), from, page.limit());
      more = rows.size() == page.limit();
      for (StoredMessage row : rows) {
        from = PageCursor.after(row);
        if (row.status() == wanted) {
          found.add(row);
          if (found.size() == page.limit()) {
            more = true;
            break;
          }
        }
      }
    }
    Reply reply = Reply.json(200, found.stream().map(MessageJson::whole).toList());
    return more
        ? reply.with(Page.NEXT_HEADER, Page.cursor(from.priority() + "." + from.sequence()))
        : reply;
  }

  private static MessageStatus open(@Nullable String status) throws ProblemException {
    MessageStatus wanted = status == null ? MessageStatus.PENDING : MessageStatus.ofText(status);
    if (wanted == null || !wanted.open()) {
      throw ProblemException.invalid("status: pending or delivered, what waits in the mailbox");
    }
    return wanted;
  }

  private static PageCursor cursor(String key) throws ProblemException {
    int dot = key.indexOf('.');
    try {
      return new PageCursor(
          Integer.parseInt(key.substring(0, Math.max(0, dot))),
          Long.parseLong(key.substring(dot + 1)));
    } catch (NumberFormatException _) {
      throw Page.invalidCursor();
    }
  }

  /// What the recipient says of one message.
  private Reply status(Call call) throws ProblemException {
    StoredMessage message =
        messages.find(call.uuid("id")).orElseThrow(MailboxResource::unknownMessage);
    Agent agent =
        agents
            .find(message.recipient())
            .filter(found -> call.caller().sees(found.organization()))
            .orElseThrow(MailboxResource::unknownMessage);
    mayActFor(call.caller(), agent);
    Fields body = call.fields("status", "result", "reason", "retry_after");
    String status = body.required("status");
    switch (status) {
      case "processed" -> processed(agent, message, body.node("result"));
      case "delivered" ->
          answered(
              polls.working(
                  agent.id(), agent.organization(), message.mailboxEpoch(), message.sequence()));
      case "failed" ->
          answered(polls.failed(agent.id(), agent.organization(), nack(message, body)));
      default -> throw ProblemException.invalid("status: processed, failed or delivered");
    }
    return Reply.json(200, Map.of("id", message.id(), "status", status));
  }

  /// The result is kept first: whoever sees the message processed finds it.
  private void processed(Agent agent, StoredMessage message, @Nullable JsonNode result)
      throws ProblemException {
    if (!message.status().open() && message.status() != MessageStatus.PROCESSED) {
      throw new ProblemException(
          ProblemCode.NOT_ON_ITS_WAY, "the message is " + message.status().text() + " already");
    }
    if (result != null && message.status().open()) {
      results.put(message, Json.bytes(result));
    }
    answered(
        polls.processed(
            agent.id(),
            agent.organization(),
            message.mailboxEpoch(),
            SequenceRanges.of(message.sequence())));
  }

  private static Control.Nack nack(StoredMessage message, Fields body) throws ProblemException {
    return new Control.Nack(
        message.mailboxEpoch(),
        message.sequence(),
        ErrorCode.HANDLER_FAILED.wire(),
        body.text("reason", ""),
        TimeUnit.SECONDS.toMillis(body.number("retry_after", 0, MAX_PAUSE_SECONDS, 0)));
  }

  /// An agent that the caller may act for.
  private Agent own(Call call, String id) throws ProblemException {
    Agent agent =
        agents
            .find(id)
            .filter(found -> !found.revoked() && call.caller().sees(found.organization()))
            .orElseThrow(() ->
                new ProblemException(
                    ProblemCode.UNKNOWN_AGENT, "no agent of that name in your organization"));
    mayActFor(call.caller(), agent);
    return agent;
  }

  private static void mayActFor(Caller caller, Agent agent) throws ProblemException {
    if (agent.status() == AgentStatus.INACTIVE) {
      throw new ProblemException(
          ProblemCode.FORBIDDEN, "the agent is inactive: it has no mailbox until it is active");
    }
    if (!caller.mayActFor(agent.id())) {
      throw new ProblemException(
          ProblemCode.FORBIDDEN, "this needs a key of that agent, or one with the role admin");
    }
  }

  private static void answered(CompletionStage<Answered> answer) throws ProblemException {
    switch (get(answer, TimeUnit.SECONDS.toMillis(ANSWER_SECONDS))) {
      case Answered.Taken() -> {}
      case Answered.NotOnItsWay() ->
          throw new ProblemException(
              ProblemCode.NOT_ON_ITS_WAY, "the agent was not handed this, or not lately");
      case Answered.Connected() -> throw connected();
      case Answered.Full() -> throw full();
      case Answered.Ended(CloseCode why) -> throw ended(why);
    }
  }

  private static <T> T get(CompletionStage<T> stage, long millis) throws ProblemException {
    try {
      return stage.toCompletableFuture().get(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProblemException(ProblemCode.SHUTTING_DOWN, "the gateway is stopping");
    } catch (TimeoutException _) {
      throw new ProblemException(ProblemCode.TIMEOUT, "not done in time; try again");
    } catch (ExecutionException e) {
      throw new IllegalStateException("a mailbox failed", e.getCause());
    }
  }

  private static ProblemException unknownMessage() {
    return new ProblemException(
        ProblemCode.UNKNOWN_MESSAGE, "no message of that id in your organization");
  }

  private static ProblemException connected() {
    return new ProblemException(
        ProblemCode.AGENT_CONNECTED,
        "the agent is connected by a socket and has its mailbox there");
  }

  private static ProblemException full() {
    return new ProblemException(
        ProblemCode.OVERLOADED, "too many agents have their mailbox over REST", 1_000);
  }

  private static ProblemException ended(CloseCode why) {
    return switch (why) {
      case GOING_AWAY ->
          new ProblemException(
              ProblemCode.SHUTTING_DOWN,
              "the gateway is stopping, or another node has the mailbox still",
              1_000);
      case REVOKED -> new ProblemException(ProblemCode.UNKNOWN_AGENT, "the agent was removed");
      default ->
          new ProblemException(
              ProblemCode.AGENT_CONNECTED, "the agent went on elsewhere: " + why.text());
    };
  }
}
