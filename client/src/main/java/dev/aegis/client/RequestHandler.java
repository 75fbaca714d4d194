package dev.aegis.client;

/// Answers requests of one type with the payload it returns. Runs on a virtual thread and may
/// block. What it throws reaches the requester as a [HandlerFailedException] without its text.
@FunctionalInterface
public interface RequestHandler {
  byte[] handle(IncomingMessage request) throws Exception;
}
