package dev.aegis.store.fabric;

import io.lettuce.core.protocol.AsyncCommand;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who holds which agent, in Redis; and this node's own claims, which it announces again in time.
/// Thread-safe.
final class RedisPresence {
  /// Requests without an answer; beyond it they are answered as if Redis were away.
  private static final int MOST_REQUESTS = 1 << 14;

  private static final int MOST_ANNOUNCED_AT_ONCE = 1 << 10;
  private static final int EPOCH_DIGITS = 19;

  private final RedisLink link;
  private final RedisRequests requests;
  private final long node;
  private final FabricCounters counters;
  private final long ttlMillis;
  private final Claims claims;
  private final AtomicInteger onTheirWay = new AtomicInteger();

  RedisPresence(
      RedisLink link,
      RedisRequests requests,
      long node,
      RedisSettings settings,
      FabricCounters counters) {
    this.link = link;
    this.requests = requests;
    this.node = node;
    this.counters = counters;
    Duration ttl = settings.presenceTtl();
    this.ttlMillis = ttl.toMillis();
    this.claims = new Claims(ttl.dividedBy(2), settings.announceSpread());
  }

  CompletionStage<Claim> claim(String agentId, long epoch) {
    Claims.Due due = new Claims.Due(agentId, epoch);
    byte[] value = value(new Holder(node, epoch));
    claims.claimed(agentId, epoch, System.nanoTime());
    return announce(due, value)
        .thenApply(claim -> {
          if (claim instanceof Claim.Fenced) {
            claims.released(agentId, epoch);
          }
          return claim;
        });
  }

  private CompletionStage<Claim> announce(Claims.Due due, byte[] value) {
    return ask(
            requests.keys().agent(due.agentId()),
            requests.claim(due.agentId(), value, ttlMillis),
            RedisPresence::claim)
        .thenApply(answer -> {
          if (answer.isEmpty()) {
            claims.failed(due, System.nanoTime());
          }
          return answer.orElseGet(Claim.Unavailable::new);
        });
  }

  private static Claim claim(List<Object> answer) {
    Optional<Holder> before = holder((byte[]) answer.get(1));
    if (Long.valueOf(1).equals(answer.get(0))) {
      return new Claim.Held(before);
    }
    return before.<Claim>map(Claim.Fenced::new).orElseGet(Claim.Unavailable::new);
  }

  CompletionStage<Boolean> release(String agentId, long epoch) {
    claims.released(agentId, epoch);
    return ask(
            requests.keys().agent(agentId),
            requests.release(agentId, value(new Holder(node, epoch))),
            _ -> true)
        .thenApply(answer -> answer.orElse(false));
  }

  CompletionStage<Optional<Holder>> find(String agentId) {
    return ask(requests.keys().agent(agentId), requests.find(agentId), RedisPresence::holder)
        .thenApply(answer -> answer.flatMap(Function.identity()));
  }

  /// Announces again what is due.
  void announce(long nowNanos) {
    int room = Math.min(MOST_ANNOUNCED_AT_ONCE, MOST_REQUESTS / 2 - onTheirWay.get());
    if (room > 0) {
      for (Claims.Due due : claims.due(room, nowNanos)) {
        counters.announcements.increment();
        announce(due, value(new Holder(node, due.epoch())));
      }
    }
  }

  /// Redis may have lost all of them.
  void lost(long nowNanos) {
    claims.lost(nowNanos);
  }

  /// Gives all back, with one flush.
  CompletionStage<Void> releaseAll() {
    List<AsyncCommand<byte[], byte[], Long>> commands =
        claims.all().stream()
            .map(due -> requests.release(due.agentId(), value(new Holder(node, due.epoch()))))
            .toList();
    link.dispatch(commands);
    return CompletableFuture.allOf(commands.toArray(CompletableFuture[]::new));
  }

  int claims() {
    return claims.size();
  }

  /// Empty where there is no answer.
  private <A, T> CompletionStage<Optional<T>> ask(
      byte[] key, AsyncCommand<byte[], byte[], A> command, Function<A, T> meaning) {
    if (link.away(key)) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    if (onTheirWay.incrementAndGet() > MOST_REQUESTS) {
      onTheirWay.decrementAndGet();
      return CompletableFuture.completedFuture(Optional.empty());
    }
    link.dispatch(command);
    return command.handle((answer, failure) -> {
      onTheirWay.decrementAndGet();
      if (failure != null) {
        link.failed(key, failure);
        return Optional.empty();
      }
      link.answered(() -> key);
      return Optional.of(meaning.apply(answer));
    });
  }

  static byte[] value(Holder holder) {
    return String.format(Locale.ROOT, "%0" + EPOCH_DIGITS + "d:%d", holder.epoch(), holder.node())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /// Empty for nothing, and for what no node has written.
  static Optional<Holder> holder(byte @Nullable [] value) {
    String text = value == null ? "" : new String(value, StandardCharsets.US_ASCII);
    if (!text.matches("\\d{" + EPOCH_DIGITS + "}:\\d{1,19}")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Holder(
              Long.parseLong(text.substring(EPOCH_DIGITS + 1)),
              Long.parseLong(text.substring(0, EPOCH_DIGITS))));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
