package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Stage;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the gateway says of messages and of subscriptions, told to whoever waits for it. Confined
/// to the event loop.
final class Verdicts {
  private static final Logger log = LoggerFactory.getLogger(Verdicts.class);

  private final Outgoing outgoing;
  private final Requests requests;
  private final Subscriptions subscriptions;

  Verdicts(Outgoing outgoing, Requests requests, Subscriptions subscriptions) {
    this.outgoing = outgoing;
    this.requests = requests;
    this.subscriptions = subscriptions;
  }

  void receipt(Control.Receipt receipt) {
    for (UUID id : receipt.ids()) {
      if (receipt.stage() == Stage.STORED && subscriptions.confirmed(id)) {
        continue;
      }
      outgoing.receipt(receipt, id);
      switch (receipt.stage()) {
        case STORED, DELIVERED, PROCESSED -> {}
        case FAILED, EXPIRED, DEAD -> requests.copyFailed(id, Outgoing.ended(receipt));
      }
    }
  }

  void refused(Control.Refusal refusal) {
    ErrorCode code = ErrorCode.fromWire(refusal.code()).orElse(ErrorCode.INVALID_FIELD);
    RefusedException why = new RefusedException(code, refusal.reason(), refusal.retryAfterMillis());
    UUID id = refusal.messageId();
    int kind = refusal.refusedKind();
    if (id != null && (kind == Kind.SUBSCRIBE.wire() || kind == Kind.UNSUBSCRIBE.wire())) {
      subscriptions.refused(id, why);
      return;
    }
    boolean ofMessage = kind != Kind.CANCEL.wire() && kind != Kind.PROGRESS.wire();
    if (id == null || !ofMessage) { // a cancel or progress that finds nobody names the request
      log.debug("refused: {}", why.getMessage());
    } else if (!outgoing.refused(id, why)) {
      requests.failed(id, why);
    }
  }
}
