package dev.aegis.example;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.FileProcessedLog;
import dev.aegis.client.Identity;
import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.crypto.VerifyingKey;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

public final class Hello {
  public static void main(String[] args) throws Exception {
    URI url = URI.create("wss://localhost:8443/ws/agent");
    VerifyingKey gateway = Identity.publicKey(args[0]);

    ClientOptions bobs = ClientOptions.of(url, "bob", Identity.load(Path.of("bob.key")), gateway);
    ClientOptions alices =
        ClientOptions.of(url, "alice", Identity.load(Path.of("alice.key")), gateway);

    try (FileProcessedLog log = FileProcessedLog.open(Path.of("bob.processed"), "bob");
        AegisClient _ = AegisClient.connect(bobs.withProcessedLog(log), Hello::handlers);
        AegisClient alice = AegisClient.connect(alices)) {
      alice.send(OutgoingMessage.text("bob", "task", "water the plants")).processed().join();

      IncomingMessage answer =
          alice.request(OutgoingMessage.text("bob", "query", "how are the plants?")).join();
      System.out.println(answer.from() + ": " + answer.text());
    }
  }

  private static void handlers(AegisClient bob) {
    bob.on("task", task -> System.out.println(task.from() + " wants me to " + task.text()));
    bob.onRequest("query", query -> "green".getBytes(StandardCharsets.UTF_8));
  }
}
