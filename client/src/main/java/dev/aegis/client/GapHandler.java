package dev.aegis.client;

/// Learns of messages that will not come. Runs on a virtual thread, one call after the other, and
/// may block. The client counts them as finished whatever it does. A gap of which the agent was
/// told shortly before it stopped may be told again after it has come back.
@FunctionalInterface
public interface GapHandler {
  void handle(MailboxGap gap) throws Exception;
}
