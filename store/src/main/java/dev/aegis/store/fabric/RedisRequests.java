package dev.aegis.store.fabric;

import dev.aegis.protocol.Priority;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.output.StreamReadOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;

/// The commands of the fabric. Each is sent once and is the future of its answer.
record RedisRequests(RedisKeys keys, FabricLimits limits) {
  static final ByteArrayCodec CODEC = ByteArrayCodec.INSTANCE;

  AsyncCommand<byte[], byte[], Long> append(
      long node, Priority priority, byte[] header, byte[] sealed) {
    return eval(
        RedisScripts.APPEND,
        List.of(keys.inbox(node, priority), keys.inboxBytes(node, priority)),
        args().add(limits.inboxEntries()).add(limits.inboxBytes()).add(header).add(sealed));
  }

  AsyncCommand<byte[], byte[], Long> remove(
      long node, Priority priority, long bytes, List<String> ids) {
    CommandArgs<byte[], byte[]> arguments = args().add(bytes);
    ids.forEach(arguments::add);
    return eval(
        RedisScripts.REMOVE,
        List.of(keys.inbox(node, priority), keys.inboxBytes(node, priority)),
        arguments);
  }

  AsyncCommand<byte[], byte[], Long> keep(long node, long leaseMillis) {
    return eval(RedisScripts.KEEP, keys.inboxes(node), args().add(leaseMillis));
  }

  /// How many entries lie in an inbox.
  AsyncCommand<byte[], byte[], Long> length(long node, Priority priority) {
    return command(
        CommandType.XLEN, new IntegerOutput<>(CODEC), args().addKey(keys.inbox(node, priority)));
  }

  AsyncCommand<byte[], byte[], Long> drop(long node) {
    return command(
        CommandType.UNLINK, new IntegerOutput<>(CODEC), args().addKeys(keys.inboxes(node)));
  }

  /// @param id `>` for what is new, `0` for what was read and not removed
  /// @param blockMillis how long to wait for the first one, 0 for not at all
  AsyncCommand<byte[], byte[], List<StreamMessage<byte[], byte[]>>> read(
      long node, List<Priority> classes, String id, int most, long blockMillis) {
    CommandArgs<byte[], byte[]> arguments =
        args().add("GROUP").add(RedisScripts.GROUP).add(RedisScripts.GROUP).add("COUNT").add(most);
    if (blockMillis > 0) {
      arguments.add("BLOCK").add(blockMillis);
    }
    arguments.add("STREAMS");
    classes.forEach(each -> arguments.addKey(keys.inbox(node, each)));
    classes.forEach(_ -> arguments.add(id));
    return command(CommandType.XREADGROUP, new StreamReadOutput<>(CODEC), arguments);
  }

  AsyncCommand<byte[], byte[], List<Object>> claim(String agentId, byte[] holder, long ttlMillis) {
    return command(
        CommandType.EVAL,
        new NestedMultiOutput<>(CODEC),
        script(
            RedisScripts.CLAIM, List.of(keys.agent(agentId)), args().add(holder).add(ttlMillis)));
  }

  AsyncCommand<byte[], byte[], Long> release(String agentId, byte[] holder) {
    return eval(RedisScripts.RELEASE, List.of(keys.agent(agentId)), args().add(holder));
  }

  AsyncCommand<byte[], byte[], byte[]> find(String agentId) {
    return command(CommandType.GET, new ValueOutput<>(CODEC), args().addKey(keys.agent(agentId)));
  }

  AsyncCommand<byte[], byte[], Long> publish(String channel, byte[] message) {
    return command(
        CommandType.SPUBLISH,
        new IntegerOutput<>(CODEC),
        args().addKey(keys.topic(channel)).add(message));
  }

  /// Asks the server of a key for nothing but an answer.
  static AsyncCommand<byte[], byte[], Long> probe(byte[] key) {
    return command(CommandType.EXISTS, new IntegerOutput<>(CODEC), args().addKey(key));
  }

  private static AsyncCommand<byte[], byte[], Long> eval(
      byte[] text, List<byte[]> keys, CommandArgs<byte[], byte[]> arguments) {
    return command(CommandType.EVAL, new IntegerOutput<>(CODEC), script(text, keys, arguments));
  }

  private static CommandArgs<byte[], byte[]> script(
      byte[] text, List<byte[]> keys, CommandArgs<byte[], byte[]> arguments) {
    return args().add(text).add(keys.size()).addKeys(keys).addAll(arguments);
  }

  private static CommandArgs<byte[], byte[]> args() {
    return new CommandArgs<>(CODEC);
  }

  private static <T> AsyncCommand<byte[], byte[], T> command(
      CommandType type,
      CommandOutput<byte[], byte[], T> output,
      CommandArgs<byte[], byte[]> arguments) {
    return new AsyncCommand<>(new Command<>(type, output, arguments));
  }
}
