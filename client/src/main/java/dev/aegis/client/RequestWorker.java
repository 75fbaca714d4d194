package dev.aegis.client;

/// As [RequestHandler], for work that takes long: it can tell of progress, and learns that the
/// requester has given up.
@FunctionalInterface
public interface RequestWorker {
  byte[] handle(IncomingMessage request, RequestContext context) throws Exception;
}
