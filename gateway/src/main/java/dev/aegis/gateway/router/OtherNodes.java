package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.RoutingHeader;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/// What the router has to do with the other nodes of its cluster. What it asks of them is
/// best-effort, but for mailboxes. Any thread; never blocks.
public interface OtherNodes {
  /// A node that is alone.
  OtherNodes NONE = new Alone();

  /// An agent has logged in here: completes once its mailbox is this node's, with the number of the
  /// login, which grows; or with 0 where that cannot be had in time.
  CompletionStage<Long> own(String agent);

  /// As [#own], but only where no other node has the mailbox: with 0 where one does.
  CompletionStage<Long> keep(String agent);

  /// Whether the mailboxes here are this node's for certain, now. Where not, nothing durable is
  /// delivered.
  boolean owns();

  /// The agent is connected here, and its mailbox is here.
  void connected(String agent, long login);

  /// It is not any more.
  void disconnected(String agent, long login);

  /// Passes a best-effort message on to where its recipient is connected.
  ///
  /// @param organization the sender's
  /// @param recipient whom it is for, whatever its address says
  /// @param delivery encoded, with the envelope in it; kept
  /// @param result told once
  void bestEffort(
      String organization,
      String recipient,
      RoutingHeader header,
      byte[] delivery,
      Consumer<Passed> result);

  /// Tells an agent what became of its messages, where it is connected.
  void tell(String agent, Control envelope);

  /// Passes a control envelope of an agent on to another one of its organization.
  ///
  /// @param unsent run where nobody has the recipient
  void pass(String organization, String to, Control envelope, Runnable unsent);

  /// A message to `*` was accepted here.
  ///
  /// @param delivery likewise
  void broadcast(String organization, RoutingHeader header, byte[] delivery);

  /// Makes mailboxes this node's that nobody owns. Blocks, the only one to do so.
  void adopt(Collection<String> recipients);

  /// An agent was added or revoked.
  void agentChanged(String agent);

  /// The registry has changed here.
  ///
  /// @param event as the other nodes read it
  void registryChanged(byte[] event);

  /// What became of what was to be passed on.
  enum Passed {
    SENT,
    /// Nobody has the recipient.
    OFFLINE,
    /// There is no room on the way.
    FULL
  }

  /// The durable subscriptions of an agent were changed here.
  void subscriptionsChanged(String agent);

  /// Nobody there.
  final class Alone implements OtherNodes {
    private Alone() {}

    @Override
    public CompletionStage<Long> own(String agent) {
      return CompletableFuture.completedFuture(1L);
    }

    @Override
    public CompletionStage<Long> keep(String agent) {
      return own(agent);
    }

    @Override
    public boolean owns() {
      return true;
    }

    @Override
    public void connected(String agent, long login) {}

    @Override
    public void disconnected(String agent, long login) {}

    @Override
    public void bestEffort(
        String organization,
        String recipient,
        RoutingHeader header,
        byte[] delivery,
        Consumer<Passed> result) {
      result.accept(Passed.OFFLINE);
    }

    @Override
    public void tell(String agent, Control envelope) {}

    @Override
    public void pass(String organization, String to, Control envelope, Runnable unsent) {
      unsent.run();
    }

    @Override
    public void broadcast(String organization, RoutingHeader header, byte[] delivery) {}

    @Override
    public void adopt(Collection<String> recipients) {}

    @Override
    public void agentChanged(String agent) {}

    @Override
    public void subscriptionsChanged(String agent) {}

    @Override
    public void registryChanged(byte[] event) {}
  }
}
