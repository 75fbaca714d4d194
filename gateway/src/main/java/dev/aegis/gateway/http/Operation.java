package dev.aegis.gateway.http;

/// What a route does; on a virtual thread, so it may block.
@FunctionalInterface
interface Operation {
  Reply run(Call call) throws ProblemException;
}
