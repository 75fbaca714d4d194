package dev.aegis.client;

import dev.aegis.protocol.AgentId;
import dev.aegis.protocol.ErrorCode;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The requests whose response has not come. Thread-safe; bounded by the number given.
final class Requests {
  /// Metadata of a response that tells why there is none.
  static final String ERROR = "error";

  private static final Logger log = LoggerFactory.getLogger(Requests.class);

  private record Pending(String to, CompletableFuture<IncomingMessage> response) {}

  private final Map<UUID, Pending> pending = new ConcurrentHashMap<>();
  private final int max;

  Requests(int max) {
    this.max = max;
  }

  /// @throws QueueFullException as many await their response as may
  CompletableFuture<IncomingMessage> open(UUID id, String to) {
    if (pending.size() >= max) {
      throw new QueueFullException(max + " requests await their response");
    }
    CompletableFuture<IncomingMessage> response = new CompletableFuture<>();
    pending.put(id, new Pending(to, response));
    response.whenComplete((_, _) -> pending.remove(id));
    return response;
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  /// A response has come. One that nobody waits for, or that another agent sent than the one asked,
  /// is ignored.
  void answered(IncomingMessage answer) {
    UUID request = answer.message().correlation();
    Pending asked = request == null ? null : pending.get(request);
    if (asked == null || (AgentId.isValid(asked.to) && !asked.to.equals(answer.from()))) {
      log.debug("ignored a response of {} that nobody waits for", answer.from());
      return;
    }
    String error = answer.message().metadata().get(ERROR);
    if (error == null) {
      asked.response.complete(answer);
    } else {
      asked.response.completeExceptionally(
          new HandlerFailedException(
              failure(error).orElse(ErrorCode.HANDLER_FAILED),
              answer.from() + " answered: " + error));
    }
  }

  void failed(UUID id, AegisException why) {
    Pending asked = pending.get(id);
    if (asked != null) {
      asked.response.completeExceptionally(why);
    }
  }

  void failAll(AegisException why) {
    pending.values().forEach(asked -> asked.response.completeExceptionally(why));
  }

  private static Optional<ErrorCode> failure(String label) {
    for (ErrorCode code :
        new ErrorCode[] {ErrorCode.NO_HANDLER, ErrorCode.HANDLER_FAILED, ErrorCode.OVERLOADED}) {
      if (code.label().equals(label)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
