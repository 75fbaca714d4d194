package dev.aegis.bench.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;

/// A file of entries that only grows. Written by one process at a time, by one thread of it; a
/// process that was killed in the middle of an entry leaves a torn one, which the next one cuts.
final class LedgerFile implements AutoCloseable {
  private static final int READ_ENTRIES = 4_096;

  private final FileChannel channel;

  private LedgerFile(FileChannel channel) {
    this.channel = channel;
  }

  /// Opens a file to write on, making it if there is none, and passes what is in it.
  ///
  /// @throws IOException also when an entry in it is damaged
  static LedgerFile open(Path file, Consumer<Entry> known) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean usable = false;
    try {
      long whole = channel.size() / Entry.BYTES * Entry.BYTES;
      if (read(channel, 0, known) < whole) {
        throw new IOException(file + " is damaged");
      }
      channel.truncate(whole);
      channel.position(whole);
      usable = true;
      return new LedgerFile(channel);
    } finally {
      if (!usable) {
        channel.close();
      }
    }
  }

  /// Reads on from an offset while another process may write, up to the last whole entry.
  ///
  /// @return the offset to read on from
  static long readOn(Path file, long offset, Consumer<Entry> entries) throws IOException {
    if (!Files.exists(file)) {
      return offset;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return read(channel, offset, entries);
    }
  }

  private static long read(FileChannel channel, long from, Consumer<Entry> entries)
      throws IOException {
    long offset = from;
    ByteBuffer buffer = ByteBuffer.allocate(READ_ENTRIES * Entry.BYTES);
    while (true) {
      buffer.clear();
      while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
        // a read may be short
      }
      buffer.flip();
      if (buffer.remaining() < Entry.BYTES) {
        return offset;
      }
      while (buffer.remaining() >= Entry.BYTES) {
        Entry entry = Entry.read(buffer);
        if (entry == null) {
          return offset;
        }
        entries.accept(entry);
        offset += Entry.BYTES;
      }
    }
  }

  /// Appends entries and has the disk keep them: durable when it returns.
  void append(List<Entry> entries) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(entries.size() * Entry.BYTES);
    entries.forEach(entry -> entry.write(buffer));
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(false);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
