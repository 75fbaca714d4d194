package dev.aegis.client;

import dev.aegis.client.CheckedRecords.Found;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A [ProcessedLog] in one small file, which keeps exactly-once across a restart or crash of the
/// agent: what [#finished] returned for is on disk.
///
/// The file is appended to, and written anew when what it says has become much smaller than it is;
/// it holds what is unconfirmed and some ranges. What a crash left half written at its end is cut
/// off when it is opened; any other damage is an error, for then nobody knows what was finished.
/// Beside it stands a file of the same name with `.lock`, which keeps a second process from using
/// the log; it is never removed.
///
/// One file belongs to one agent, whose name it holds, at one gateway. Thread-safe.
public final class FileProcessedLog implements ProcessedLog, AutoCloseable {
  /// The file is not written anew before this much was appended.
  private static final int MIN_APPENDED_BYTES = 64 * 1024;

  /// Confirmations wait for the next finished messages, so that they cost no sync of their own; not
  /// more of them than this.
  private static final int MAX_WAITING_RANGES = 1_024;

  private final Path file;
  private final String agentId;
  private final ExclusiveUse use;
  private final FinishedMessages known = new FinishedMessages();
  private final SequenceSet waiting = new SequenceSet();
  private @Nullable FileChannel channel;
  private long end;
  private long compactAt;
  private boolean closed;

  private FileProcessedLog(Path file, String agentId, ExclusiveUse use) {
    this.file = file;
    this.agentId = agentId;
    this.use = use;
  }

  /// Opens the log, or makes it; its directory must exist.
  ///
  /// @throws IOException it is in use, damaged, another agent's, or cannot be written; the message
  ///   names the file
  public static FileProcessedLog open(Path file, String agentId) throws IOException {
    Path path = file.toAbsolutePath();
    FileProcessedLog log = new FileProcessedLog(path, agentId, ExclusiveUse.of(path));
    boolean opened = false;
    try {
      log.read();
      opened = true;
      return log;
    } finally {
      if (!opened) {
        log.release();
      }
    }
  }

  private void read() throws IOException {
    if (Files.exists(file)) {
      try {
        Found found = CheckedRecords.read(ByteBuffer.wrap(Files.readAllBytes(file)));
        List<ByteBuffer> bodies = found.bodies();
        String owner = StandardCharsets.UTF_8.decode(bodies.removeFirst()).toString();
        if (!owner.equals(agentId)) {
          throw new IOException("it belongs to " + owner);
        }
        for (ByteBuffer body : bodies) {
          ProcessedChange change = ProcessedChange.decode(body);
          known.moveTo(change.epoch());
          known.settle(change.settled());
          change.finished().forEach(message -> known.add(message.sequence(), message.id()));
        }
      } catch (IllegalArgumentException | IOException e) {
        throw new IOException(
            "the processed log " + file + " cannot be used: " + e.getMessage(), e);
      }
    }
    rewrite(); // also cuts off what a crash left half written
  }

  @Override
  public synchronized Remembered load() {
    return known.remembered();
  }

  @Override
  public synchronized void finished(List<Processed> messages) throws IOException {
    if (messages.isEmpty()) {
      return;
    }
    moveTo(messages.getFirst().mailboxEpoch());
    messages.forEach(message -> known.add(message.sequence(), message.id()));
    write(messages);
  }

  @Override
  public synchronized void confirmed(long mailboxEpoch, SequenceRanges sequences)
      throws IOException {
    moveTo(mailboxEpoch);
    known.settle(sequences);
    waiting.add(sequences);
    if (waiting.rangeCount() > MAX_WAITING_RANGES) {
      write(List.of());
    }
  }

  @Override
  public synchronized void rewound(long mailboxEpoch, long nextSequence) throws IOException {
    moveTo(mailboxEpoch);
    known.forgetFrom(nextSequence);
    checkOpen();
    rewrite();
  }

  private void moveTo(long epoch) {
    if (epoch != known.epoch()) {
      known.moveTo(epoch);
      waiting.clear();
    }
  }

  /// Returns when the file holds all that is known. After a failure nobody can say what the file
  /// holds, so that it is written anew the next time.
  private void write(List<Processed> finished) throws IOException {
    checkOpen();
    FileChannel open = channel;
    if (open == null || end >= compactAt) {
      rewrite();
      return;
    }
    ProcessedChange change = new ProcessedChange(known.epoch(), waiting.ranges(), finished);
    boolean written = false;
    try {
      ByteBuffer record = CheckedRecords.record(end, change.encoded());
      long size = record.remaining();
      writeAll(open, record);
      open.force(false);
      end += size;
      waiting.clear();
      written = true;
    } finally {
      if (!written) {
        channel = null;
        open.close();
      }
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the processed log " + file + " is closed");
    }
  }

  /// Writes what is known to a new file and puts it in the old one's place.
  private void rewrite() throws IOException {
    FileChannel old = channel;
    channel = null;
    if (old != null) {
      old.close();
    }
    Remembered remembered = known.remembered();
    ProcessedChange all =
        new ProcessedChange(
            remembered.mailboxEpoch(), remembered.settled(), remembered.unconfirmed());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    FileChannel next =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    boolean written = false;
    try {
      writeAll(next, ByteBuffer.wrap(CheckedRecords.magic()));
      byte[] owner = agentId.getBytes(StandardCharsets.UTF_8);
      writeAll(next, CheckedRecords.record(next.position(), owner));
      writeAll(next, CheckedRecords.record(next.position(), all.encoded()));
      next.force(true);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel directory = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
        directory.force(true);
      }
      end = next.position();
      compactAt = end + Math.max(MIN_APPENDED_BYTES, end);
      waiting.clear();
      channel = next;
      written = true;
    } finally {
      if (!written) {
        next.close();
      }
    }
  }

  private static void writeAll(FileChannel to, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /// Writes the confirmations that wait, and lets the file go. To be called after the client was
  /// closed.
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    try {
      if (!waiting.isEmpty()) {
        write(List.of());
      }
    } finally {
      closed = true;
      release();
    }
  }

  private void release() throws IOException {
    try (use) {
      FileChannel open = channel;
      channel = null;
      if (open != null) {
        open.close();
      }
    }
  }
}
