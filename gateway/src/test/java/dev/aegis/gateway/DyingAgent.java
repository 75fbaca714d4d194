package dev.aegis.gateway;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.FileProcessedLog;
import dev.aegis.client.Identity;
import dev.aegis.client.ProcessedLog;
import dev.aegis.protocol.SequenceRanges;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// An agent in a process of its own that writes down what it handles, and dies on the spot once its
/// log has remembered enough: after that, and before the acks of the last ones have left.
final class DyingAgent {
  static final int EXIT_CODE = 86;

  private DyingAgent() {}

  /// @param args url, agent, its key's file, the gateway's key, processed log, file for what is
  ///   handled, how many to remember
  public static void main(String[] args) throws Exception {
    Path handled = Path.of(args[5]);
    ProcessedLog log =
        new DeadlyLog(FileProcessedLog.open(Path.of(args[4]), args[1]), Integer.parseInt(args[6]));
    ClientOptions options =
        ClientOptions.of(
                URI.create(args[0]),
                args[1],
                Identity.load(Path.of(args[2])),
                Identity.publicKey(args[3]))
            .withProcessedLog(log);
    AegisClient.connect(options, c -> c.on("*", m -> write(handled, m.text())));
    new CountDownLatch(1).await();
  }

  private static synchronized void write(Path handled, String text) throws IOException {
    Files.write(
        handled,
        (text + '\n').getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static final class DeadlyLog implements ProcessedLog {
    private final ProcessedLog log;
    private int left;

    DeadlyLog(ProcessedLog log, int left) {
      this.log = log;
      this.left = left;
    }

    @Override
    public Remembered load() throws IOException {
      return log.load();
    }

    @Override
    public void finished(List<Processed> messages) throws IOException {
      log.finished(messages);
      left -= messages.size();
      if (left <= 0) {
        Runtime.getRuntime().halt(EXIT_CODE);
      }
    }

    @Override
    public void confirmed(long mailboxEpoch, SequenceRanges sequences) throws IOException {
      log.confirmed(mailboxEpoch, sequences);
    }
  }
}
