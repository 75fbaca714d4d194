package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the gateway says of messages that were sent, told to whoever waits for it. Confined to the
/// event loop.
final class Verdicts {
  private static final Logger log = LoggerFactory.getLogger(Verdicts.class);

  private final Outgoing outgoing;
  private final Requests requests;

  Verdicts(Outgoing outgoing, Requests requests) {
    this.outgoing = outgoing;
    this.requests = requests;
  }

  void receipt(Control.Receipt receipt) {
    for (UUID id : receipt.ids()) {
      outgoing.receipt(receipt, id);
      switch (receipt.stage()) {
        case STORED, DELIVERED, PROCESSED -> {}
        case FAILED, EXPIRED, DEAD -> requests.failed(id, Outgoing.ended(receipt));
      }
    }
  }

  void refused(Control.Refusal refusal) {
    ErrorCode code = ErrorCode.fromWire(refusal.code()).orElse(ErrorCode.INVALID_FIELD);
    RefusedException why = new RefusedException(code, refusal.reason(), refusal.retryAfterMillis());
    UUID id = refusal.messageId();
    int kind = refusal.refusedKind();
    boolean ofMessage = kind != Kind.CANCEL.wire() && kind != Kind.PROGRESS.wire();
    if (id == null || !ofMessage) { // a cancel or progress that finds nobody names the request
      log.debug("refused: {}", why.getMessage());
    } else if (!outgoing.refused(id, why)) {
      requests.failed(id, why);
    }
  }
}
