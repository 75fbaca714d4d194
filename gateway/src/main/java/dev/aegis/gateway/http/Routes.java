package dev.aegis.gateway.http;

/// Answers requests; on a virtual thread, so it may block.
@FunctionalInterface
interface Routes {
  Reply answer(Request request) throws BadRequest;
}
