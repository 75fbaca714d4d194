package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.wire.Answers;
import dev.aegis.gateway.http.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Makes streams and consumers.
final class JetStreamApi {
  private static final String INBOX = "_INBOX.api";
  private static final long MAX_STREAM_BYTES = 6L << 30;

  /// How long a delivered message may go without acknowledgement before it comes again. Less than
  /// the default of 30 s, so that what a crash has left open comes while it is waited for.
  private static final long ACKNOWLEDGE_NANOS = TimeUnit.SECONDS.toNanos(5);

  /// Above what senders can have under way, so that deliveries never wait for acknowledgements.
  private static final int MAX_UNACKNOWLEDGED = 1 << 17;

  private final NatsSession session;
  private final Map<Integer, CompletableFuture<String>> waiting = new ConcurrentHashMap<>();
  private int requests;

  /// @param session not connected yet
  JetStreamApi(NatsSession session) {
    this.session = session;
    session.subscribe(
        INBOX + ".*",
        (line, _, payload) -> {
          CompletableFuture<String> answer = waiting.remove(line.subjectNumber());
          if (answer != null) {
            answer.complete(new String(payload, StandardCharsets.UTF_8));
          }
        });
  }

  /// A stream in files of all subjects below a name that keeps its messages up to a size no run
  /// comes near: one that removes what was acknowledged is less than half as fast.
  void createStream(String stream) throws IOException, InterruptedException {
    request(
        "STREAM.CREATE." + stream,
        Map.of(
            "name",
            stream,
            "subjects",
            List.of(stream + ".>"),
            "storage",
            "file",
            "retention",
            "limits",
            "discard",
            "old",
            "max_bytes",
            MAX_STREAM_BYTES,
            "num_replicas",
            1));
  }

  /// A durable consumer of one subject that is pushed to another.
  void createConsumer(String stream, String consumer, String subject, String deliverSubject)
      throws IOException, InterruptedException {
    request(
        "CONSUMER.DURABLE.CREATE." + stream + "." + consumer,
        Map.of(
            "stream_name",
            stream,
            "config",
            Map.of(
                "durable_name",
                consumer,
                "deliver_subject",
                deliverSubject,
                "filter_subject",
                subject,
                "deliver_policy",
                "all",
                "ack_policy",
                "explicit",
                "ack_wait",
                ACKNOWLEDGE_NANOS,
                "max_ack_pending",
                MAX_UNACKNOWLEDGED)));
  }

  private void request(String name, Map<String, Object> body)
      throws IOException, InterruptedException {
    CompletableFuture<String> answer = new CompletableFuture<>();
    int number = requests++;
    waiting.put(number, answer);
    byte[] payload = Json.write(body).getBytes(StandardCharsets.UTF_8);
    session.write(
        out -> NatsCommands.publish(out, "$JS.API." + name, INBOX + "." + number, payload));
    String text = Answers.await(answer);
    if (text.isEmpty() || Json.parse(text).has("error")) {
      throw new IOException("JetStream refused " + name + ": " + text);
    }
  }
}
