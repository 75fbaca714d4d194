package dev.aegis.client;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What many agents answered to the same request. An agent that was asked is in one of the two
/// maps, which are in the order of the answers; or in neither, if it was cancelled because enough
/// others had answered.
///
/// @param complete whether as many answered as were needed
/// @param replies by agent
/// @param failures why there is no reply, by agent: what [PendingRequest#response()] fails with
public record Gathered(
    boolean complete, Map<String, IncomingMessage> replies, Map<String, AegisException> failures) {
  public Gathered {
    replies = Collections.unmodifiableMap(new LinkedHashMap<>(replies));
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
  }
}
