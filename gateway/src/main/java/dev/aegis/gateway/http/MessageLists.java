package dev.aegis.gateway.http;

import dev.aegis.store.MessageFilter;
import dev.aegis.store.MessageList;
import dev.aegis.store.MessageStatus;
import dev.aegis.store.MessageStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Lists of messages, newest first, whose recipients are of the caller's organization, and of its
/// work that no agent has yet. Blocking.
final class MessageLists {
  /// Of the route, those of mailboxes included.
  static final String[] PARAMETERS = {
    "to_agent_id",
    "status",
    "limit",
    "cursor",
    "from_agent_id",
    "conversation_id",
    "message_type",
    "from",
    "to",
    "order"
  };

  private static final String NEWEST = "newest";
  private static final Instant END = Instant.ofEpochMilli(MessageFilter.NO_END);

  /// The span to read next (cursors of former versions lack it), the millisecond, the sequence, the
  /// epoch, the recipient.
  private static final Pattern CURSOR =
      Pattern.compile("(?:(\\d{1,15})~)?(\\d{1,15})\\.(\\d{1,19})\\.(\\d{1,19})\\.(.*)");

  private final MessageStore messages;
  private final InstantSource clock;

  MessageLists(MessageStore messages, InstantSource clock) {
    this.messages = messages;
    this.clock = clock;
  }

  /// Whether a call that names a recipient means a list and not its mailbox.
  static boolean isAskedFor(Call call) throws ProblemException {
    for (String parameter :
        new String[] {"from_agent_id", "conversation_id", "message_type", "from", "to", "order"}) {
      if (call.parameter(parameter) != null) {
        return true;
      }
    }
    MessageStatus status = status(call.parameter("status"));
    return status != null && !status.open();
  }

  Reply list(Call call) throws ProblemException {
    String order = call.parameter("order");
    if (order != null && !order.equals(NEWEST)) {
      throw ProblemException.invalid("order: newest");
    }
    Page page = Page.of(call);
    MessageFilter filter = filter(call);
    String after = page.after();
    MessageList found =
        messages.list(
            filter,
            after == null ? MessageList.Position.before(filter.toMillis()) : position(after),
            page.limit(),
            clock.millis());
    Map<String, Object> reply = new LinkedHashMap<>();
    reply.put("messages", found.messages().stream().map(MessageJson::summary).toList());
    if (found.next() != null) {
      reply.put("next_cursor", Page.cursor(text(found.next())));
    }
    return Reply.json(200, reply);
  }

  private static MessageFilter filter(Call call) throws ProblemException {
    String conversation = call.parameter("conversation_id");
    return new MessageFilter(
        call.caller().organization(),
        call.parameter("from_agent_id"),
        call.parameter("to_agent_id"),
        conversation == null ? null : uuid(conversation),
        call.parameter("message_type"),
        status(call.parameter("status")),
        time("from", call.parameter("from"), 0),
        time("to", call.parameter("to"), MessageFilter.NO_END));
  }

  private static UUID uuid(String text) throws ProblemException {
    return Fields.uuid("conversation_id", text);
  }

  private static @Nullable MessageStatus status(@Nullable String text) throws ProblemException {
    if (text == null) {
      return null;
    }
    MessageStatus status = MessageStatus.ofText(text);
    if (status == null || status == MessageStatus.MOVED) { // which is shown as what it is by now
      throw ProblemException.invalid(
          "status: pending, delivered, processed, failed, expired or dead");
    }
    return status;
  }

  private static long time(String name, @Nullable String text, long otherwise)
      throws ProblemException {
    if (text == null) {
      return otherwise;
    }
    Instant at = Fields.time(name, text);
    return at.isBefore(Instant.EPOCH)
        ? 0
        : at.isBefore(END) ? at.toEpochMilli() : END.toEpochMilli();
  }

  private static String text(MessageList.Position position) {
    return position.spanMillis()
        + "~"
        + position.atMillis()
        + "."
        + position.sequence()
        + "."
        + position.mailboxEpoch()
        + "."
        + position.recipient();
  }

  private static MessageList.Position position(String text) throws ProblemException {
    Matcher parts = CURSOR.matcher(text);
    if (!parts.matches()) {
      throw Page.invalidCursor();
    }
    try {
      return new MessageList.Position(
          Math.min(Long.parseLong(parts.group(2)), MessageFilter.NO_END),
          parts.group(5),
          Long.parseLong(parts.group(4)),
          Long.parseLong(parts.group(3)),
          parts.group(1) == null ? 0 : Long.parseLong(parts.group(1)));
    } catch (NumberFormatException _) {
      throw Page.invalidCursor();
    }
  }
}
