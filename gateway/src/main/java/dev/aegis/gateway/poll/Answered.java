package dev.aegis.gateway.poll;

import dev.aegis.protocol.CloseCode;

/// What a call that answers for messages comes to.
public sealed interface Answered {
  /// On disk, where the answer was that they are processed; else passed on to the mailbox.
  record Taken() implements Answered {}

  /// None of them is on its way to this agent, in this epoch of its mailbox.
  record NotOnItsWay() implements Answered {}

  /// The agent is connected by a socket here, and answers there.
  record Connected() implements Answered {}

  /// There are too many agents that poll.
  record Full() implements Answered {}

  /// The session has ended meanwhile.
  record Ended(CloseCode why) implements Answered {}
}
