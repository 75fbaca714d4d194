package dev.aegis.gateway.problem;

import dev.aegis.protocol.ErrorCode;
import java.util.Locale;

/// Why an HTTP request was not carried out: every `code` that a problem document (RFC 9457) may
/// have. Codes are stable; clients decide by them, people read `detail`.
public enum ProblemCode {
  MALFORMED_REQUEST(400, "The request is not HTTP as accepted here"),
  MALFORMED_URI(400, "The path or query is not percent-encoded UTF-8"),
  BAD_UPGRADE(400, "The upgrade to a WebSocket is not as it must be"),
  UNKNOWN_PARAMETER(400, "There is no such query parameter"),
  DUPLICATE_PARAMETER(400, "A query parameter comes more than once"),
  INVALID_REQUEST(400, "A parameter, header or field has a value that is not allowed"),
  INVALID_JSON(400, "The body is not a JSON object"),
  UNKNOWN_FIELD(400, "The body has a field that is not known"),
  INVALID_CURSOR(400, "The cursor is not one that a page answered"),
  MALFORMED_ENVELOPE(400, "The message is malformed"),
  INVALID_FIELD(400, "A field of the message is not allowed"),
  NOT_OFFERED(400, "The gateway does not offer this"),
  EXPIRED(400, "The message's time has passed"),
  UNAUTHORIZED(401, "There is no valid key"),
  FORBIDDEN(403, "The key does not allow this"),
  NOT_AUTHORIZED(403, "The sender may not reach the recipient"),
  FROM_MISMATCH(403, "The sender is another one than the key's"),
  NOT_FOUND(404, "There is no such resource"),
  UNKNOWN_AGENT(404, "There is no such agent"),
  UNKNOWN_RECIPIENT(404, "There is no such recipient"),
  UNKNOWN_API_KEY(404, "There is no such API key"),
  UNKNOWN_RULE(404, "There is no such rule"),
  UNKNOWN_ORGANIZATION(404, "There is no such organization"),
  UNKNOWN_MESSAGE(404, "There is no such message"),
  UNKNOWN_WEBHOOK(404, "The agent has no endpoint"),
  METHOD_NOT_ALLOWED(405, "The resource does not have this method"),
  AGENT_EXISTS(409, "There is an agent of that id"),
  WEBHOOK_WITHOUT_SECRET(409, "The endpoint has no secret yet"),
  AGENT_CONNECTED(409, "The agent has its mailbox elsewhere"),
  NOT_ON_ITS_WAY(409, "The message is not on its way to the agent"),
  NOT_SETTLED(409, "The message is not settled"),
  RETENTION_TOO_SHORT(409, "It has to be kept longer"),
  NAME_TAKEN(409, "Another one of the organization has that name"),
  RULE_EXISTS(409, "There is a rule that says the same"),
  CONFLICT(409, "The id is taken by a message with other content"),
  RECIPIENT_OFFLINE(409, "The recipient is not connected"),
  RECIPIENT_REVOKED(409, "The recipient was removed"),
  IDEMPOTENCY_KEY_IN_USE(409, "A request with this Idempotency-Key is under way"),
  VERSION_MISMATCH(412, "The resource has changed since"),
  BODY_TOO_LARGE(413, "The body is larger than accepted here"),
  PAYLOAD_TOO_LARGE(413, "The payload is larger than accepted"),
  METADATA_TOO_LARGE(413, "The metadata is larger than accepted"),
  ENVELOPE_TOO_LARGE(413, "The message is larger than accepted"),
  URI_TOO_LONG(414, "The request line is too long"),
  UNSUPPORTED_MEDIA_TYPE(415, "The body must be application/json"),
  IDEMPOTENCY_KEY_REUSED(422, "The Idempotency-Key came with another request"),
  RANGE_TOO_LONG(422, "To look through all of that takes too long"),
  UPGRADE_REQUIRED(426, "The version of WebSocket must be another"),
  VERSION_REQUIRED(428, "Say in If-Match which version is meant"),
  RATE_LIMITED(429, "Too many requests or messages"),
  HEADERS_TOO_LARGE(431, "The headers are too large"),
  INTERNAL_ERROR(500, "The gateway failed"),
  STORE_UNAVAILABLE(503, "The database does not answer"),
  OVERLOADED(503, "The gateway is out of room"),
  MAILBOX_FULL(503, "The recipient's mailbox is full"),
  NO_CANDIDATE(503, "Nobody who could do it is there"),
  NOT_READY(503, "The gateway takes no work"),
  SHUTTING_DOWN(503, "The gateway is stopping"),
  TIMEOUT(504, "It took too long");

  private final int status;
  private final String title;

  ProblemCode(int status, String title) {
    this.status = status;
    this.title = title;
  }

  public int status() {
    return status;
  }

  /// For people; constant.
  public String title() {
    return title;
  }

  /// As `code` has it.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// As `type` has it.
  public String type() {
    return "urn:aegis:problem:" + label();
  }

  /// What it means for a request that its message was refused.
  public static ProblemCode of(ErrorCode code) {
    return switch (code) {
      case UNKNOWN_RECIPIENT -> UNKNOWN_RECIPIENT;
      case NOT_AUTHORIZED -> NOT_AUTHORIZED;
      case FROM_MISMATCH -> FROM_MISMATCH;
      case RATE_LIMITED -> RATE_LIMITED;
      case CONFLICT -> CONFLICT;
      case RECIPIENT_OFFLINE -> RECIPIENT_OFFLINE;
      case RECIPIENT_REVOKED -> RECIPIENT_REVOKED;
      case PAYLOAD_TOO_LARGE -> PAYLOAD_TOO_LARGE;
      case METADATA_TOO_LARGE -> METADATA_TOO_LARGE;
      case ENVELOPE_TOO_LARGE -> ENVELOPE_TOO_LARGE;
      case STORE_UNAVAILABLE -> STORE_UNAVAILABLE;
      case OVERLOADED -> OVERLOADED;
      case SHUTTING_DOWN -> SHUTTING_DOWN;
      case MAILBOX_FULL -> MAILBOX_FULL;
      case MALFORMED_ENVELOPE, UNSUPPORTED_KIND -> MALFORMED_ENVELOPE;
      case EXPIRED -> EXPIRED;
      case NOT_OFFERED -> NOT_OFFERED;
      case TIMEOUT -> TIMEOUT;
      case NO_CANDIDATE -> NO_CANDIDATE;
      case INVALID_FIELD,
          TOO_MANY_HOPS,
          HANDLER_FAILED,
          NO_HANDLER,
          CANCELLED,
          POISON,
          DISCARDED,
          TOO_MANY_SUBSCRIPTIONS,
          MOVED_ON ->
          INVALID_FIELD;
    };
  }
}
