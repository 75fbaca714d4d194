package dev.aegis.gateway.router;

import dev.aegis.gateway.router.Handing.Place;
import dev.aegis.store.Accept;
import dev.aegis.store.StoredMessage;
import java.util.UUID;

/// Work as it lies in a mailbox.
final class StoredWork {
  private StoredWork() {}

  static Place place(StoredMessage message) {
    return new Place(message.recipient(), message.mailboxEpoch(), message.sequence());
  }

  /// What is to be stored anew. It has its envelope.
  static Accept again(StoredMessage message) {
    byte[] envelope = message.envelope();
    Accept.Builder accept =
        Accept.of(message.id(), message.sender(), message.recipient(), envelope)
            .routing(message.kind(), message.priority(), message.guarantee())
            .type(message.type())
            .channel(message.channel())
            .conversation(message.conversation())
            .correlation(message.correlation())
            .times(message.acceptedAtMillis(), message.expiresAtMillis())
            .routedTo(OwedRows.header(envelope).to());
    UUID window = message.windowId();
    if (window != null) {
      accept.window(window, message.leafIndex());
    } else {
      accept.digest(Unsigned.digest(envelope));
    }
    return accept.build();
  }
}
