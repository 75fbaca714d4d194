package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.protocol.Uuid7;
import dev.aegis.store.IdempotencyStore;
import dev.aegis.store.IdempotencyStore.Claim;
import dev.aegis.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Makes a POST with an Idempotency-Key safe to repeat, for a day, at any node: a repeat gets the
/// answer of the first one, with `Idempotency-Replayed: true`. An answer that says that nothing was
/// done (4xx) is not kept. Where an attempt ended without a known result, the next one makes what
/// it makes under the same id. Blocking.
public final class Idempotency {
  static final String HEADER = "Idempotency-Key";
  static final String REPLAYED = "Idempotency-Replayed";

  private static final Logger log = LoggerFactory.getLogger(Idempotency.class);
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");
  private static final int MAX_KEYS = 100_000;
  private static final long AGAIN_MILLIS = 1_000;

  private final IdempotencyStore store;
  private final Uuid7 ids;
  private volatile Set<String> fullCallers = Set.of();

  public Idempotency(IdempotencyStore store, Uuid7 ids) {
    this.store = store;
    this.ids = ids;
  }

  /// What is to be done with the id that what it makes gets.
  interface Work {
    Reply run(Supplier<UUID> newId) throws ProblemException;
  }

  /// Deletes what is old, and looks who has too many keys. Now and then.
  public void purge() {
    try {
      fullCallers = store.purge(MAX_KEYS);
    } catch (StoreException e) {
      log.debug("old Idempotency-Keys stay for now: {}", e.getMessage());
    }
  }

  Supplier<UUID> ids() {
    return ids::next;
  }

  Reply run(Caller caller, Request request, String key, Work work) throws ProblemException {
    if (!KEY.matcher(key).matches()) {
      throw ProblemException.invalid(HEADER + ": 1 to 255 visible ASCII characters");
    }
    if (fullCallers.contains(caller.id())) {
      throw new ProblemException(
          ProblemCode.RATE_LIMITED, "more than " + MAX_KEYS + " Idempotency-Keys in a day", 60_000);
    }
    IdempotencyStore.Name name = new IdempotencyStore.Name(caller.id(), key);
    return switch (store.claim(name, fingerprint(request), ids.next())) {
      case Claim.Answered(int status, byte[] answer) -> replay(status, answer);
      case Claim.UnderWay() ->
          throw new ProblemException(
              ProblemCode.IDEMPOTENCY_KEY_IN_USE,
              "a request with this " + HEADER + " is under way; try again",
              AGAIN_MILLIS);
      case Claim.Reused() ->
          throw new ProblemException(
              ProblemCode.IDEMPOTENCY_KEY_REUSED,
              "this " + HEADER + " came with another method, path or body");
      case Claim.Mine mine -> first(name, mine, work);
    };
  }

  private Reply first(IdempotencyStore.Name name, Claim.Mine mine, Work work)
      throws ProblemException {
    Reply reply = null;
    try {
      reply = work.run(mine::id);
    } catch (ProblemException e) {
      if (e.code().status() < 500) {
        end(() -> store.forget(name, mine));
      } else {
        end(() -> store.release(name, mine));
      }
      throw e;
    } finally {
      if (reply == null) {
        end(() -> store.release(name, mine)); // changes nothing where it was forgotten
      }
    }
    Reply answer = reply;
    if (answer.status() < 300) {
      end(() -> store.complete(name, mine, answer.status(), encode(answer)));
    } else if (answer.status() < 500) {
      end(() -> store.forget(name, mine));
    } else {
      end(() -> store.release(name, mine));
    }
    return answer;
  }

  /// What was done was done, whether its answer can be kept or not.
  private static void end(Runnable how) {
    try {
      how.run();
    } catch (StoreException e) {
      log.warn("an answer is not kept for its Idempotency-Key: {}", e.getMessage());
    }
  }

  private static byte[] encode(Reply reply) {
    Map<String, Object> kept = new LinkedHashMap<>();
    kept.put("type", reply.contentType());
    kept.put("body", reply.body());
    kept.put("headers", reply.headers());
    return Json.write(kept).getBytes(StandardCharsets.UTF_8);
  }

  private static Reply replay(int status, byte[] answer) {
    JsonNode kept = Json.parse(new String(answer, StandardCharsets.UTF_8));
    Map<String, String> headers = new LinkedHashMap<>();
    kept.path("headers").forEachEntry((name, value) -> headers.put(name, value.asString()));
    return new Reply(status, kept.path("type").asString(), kept.path("body").asString(), headers)
        .with(REPLAYED, "true");
  }

  private static byte[] fingerprint(Request request) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(
          (request.method() + ' ' + request.uri() + '\0').getBytes(StandardCharsets.UTF_8));
      return digest.digest(request.body());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
