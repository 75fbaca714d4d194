package dev.aegis.gateway.router;

import dev.aegis.protocol.Message;
import dev.aegis.store.StoredMessage;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// Who waits for what becomes of a journal entry.
sealed interface Origin {
  /// An agent's message, with the flags it was sent with.
  record FromAgent(Peer peer, int flags) implements Origin {
    boolean wantsStored() {
      return (flags & Message.RECEIPT_STORED) != 0;
    }
  }

  /// A message that came through the REST API.
  record FromApi(CompletableFuture<SubmitResult> result, int flags) implements Origin {}

  /// A copy of a message to a topic, with the flags it was sent with.
  record FromTopic(StoredPublication publication, int flags) implements Origin {}

  /// A dead letter that an admin settles.
  ///
  /// @param flags those of the message that comes again
  record FromAdmin(CompletableFuture<Settlement> result, int flags) implements Origin {}

  /// Messages of one recipient whose time has passed.
  ///
  /// @param done completes with whether it is on disk
  record FromSweeper(List<StoredMessage> messages, CompletableFuture<Boolean> done)
      implements Origin {
    public FromSweeper {
      messages = List.copyOf(messages);
    }
  }

  /// The second step of a message that goes from one mailbox into another.
  record FromHanding(Handing handing) implements Origin {}

  /// The first step of a message of an agent that is not connected.
  record FromMovingOn() implements Origin {}

  /// A record of a mailbox.
  record FromMailbox(Peer peer, long ticket) implements Origin {}
}
