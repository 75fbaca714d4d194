package dev.aegis.store.fabric;

import java.nio.charset.StandardCharsets;

/// The fabric's scripts. They are sent in full with every call, not by their hash: a server that
/// has lost them would answer NOSCRIPT in the middle of a pipeline, and what is sent again would be
/// overtaken by what came behind it. Redis keeps them compiled either way; they are a few hundred
/// bytes for an entry of up to 64 KiB.
final class RedisScripts {
  /// The consumer group of an inbox, and its one consumer.
  static final String GROUP = "node";

  static final long APPENDED = 1;
  static final long FULL = 0;
  static final long NO_INBOX = -1;

  /// Appends an entry to an inbox that is there and not at its bound. Nothing unread is ever
  /// trimmed.
  ///
  /// Keys: stream, its bytes. Arguments: most entries, most bytes, header, sealed flights.
  static final byte[] APPEND =
      script(
          """
          local n = redis.call('XLEN', KEYS[1])
          local size = #ARGV[4]
          if n >= tonumber(ARGV[1]) then return 0 end
          if n > 0 then
            local held = tonumber(redis.call('GET', KEYS[2]) or 0)
            if held + size > tonumber(ARGV[2]) then return 0 end
          end
          if not redis.call('XADD', KEYS[1], 'NOMKSTREAM', '*', 'h', ARGV[3], 'e', ARGV[4]) then
            return -1
          end
          if redis.call('INCRBY', KEYS[2], size) == size then
            redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
          end
          return 1
          """);

  /// Removes entries that were taken.
  ///
  /// Keys: stream, its bytes. Arguments: bytes of the entries, then their ids.
  static final byte[] REMOVE =
      script(
          """
          local ids = {unpack(ARGV, 2)}
          redis.call('XACK', KEYS[1], 'node', unpack(ids))
          redis.call('XDEL', KEYS[1], unpack(ids))
          if redis.call('XLEN', KEYS[1]) == 0 then
            redis.call('SET', KEYS[2], '0', 'XX', 'KEEPTTL')
          elseif redis.call('EXISTS', KEYS[2]) == 1 then
            redis.call('DECRBY', KEYS[2], ARGV[1])
          end
          return #ids
          """);

  /// Makes what is missing of a node's inbox and renews its lease. Returns how many streams were
  /// missing.
  ///
  /// Keys: the streams, then their bytes. Argument: the lease in milliseconds.
  static final byte[] KEEP =
      script(
          """
          local made = 0
          local streams = #KEYS / 2
          for i = 1, streams do
            if redis.call('TYPE', KEYS[i]).ok ~= 'stream' then redis.call('DEL', KEYS[i]) end
            if redis.pcall('XGROUP', 'CREATE', KEYS[i], 'node', '0', 'MKSTREAM').ok then
              made = made + 1
            end
            redis.call('PEXPIRE', KEYS[i], ARGV[1])
            redis.call('PEXPIRE', KEYS[i + streams], ARGV[1])
          end
          return made
          """);

  /// Writes a holder unless there is one under a higher epoch, or another under the same one.
  /// Epochs have a fixed number of digits, so they compare as text: a number of Lua's is exact to
  /// 2^53 only. Returns whether it was written, and who was there.
  ///
  /// Key: the agent. Arguments: epoch ":" node, how long it lasts in milliseconds.
  static final byte[] CLAIM =
      script(
          """
          local held = redis.call('GET', KEYS[1])
          if held and string.match(held, '^%d+:%d+$') and string.find(held, ':') == 20 then
            local epoch, mine = string.sub(held, 1, 19), string.sub(ARGV[1], 1, 19)
            if epoch > mine or (epoch == mine and held ~= ARGV[1]) then return {0, held} end
          end
          redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
          return {1, held or ''}
          """);

  /// Deletes a holder that is still the same.
  ///
  /// Key: the agent. Argument: epoch ":" node.
  static final byte[] RELEASE =
      script(
          """
          if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
          return 0
          """);

  private RedisScripts() {}

  private static byte[] script(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
