package dev.aegis.client;

/// Handles messages of one type. Runs on a virtual thread and may block; messages of one sender and
/// class come one after the other. Returning acknowledges a durable message as processed; throwing
/// fails it.
@FunctionalInterface
public interface MessageHandler {
  void handle(IncomingMessage message) throws Exception;
}
