package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.gateway.http.Json;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.protocol.Stage;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What an authenticated agent can do wrong, against a whole gateway: each mistake has its code,
/// spares the session where the protocol says so, and disturbs nobody else.
class BadInputIT {
  private static final String TARGET = "bad-target";

  @TempDir static Path directory;
  private static TestGateway gateway;
  private static AegisClient asker;
  private static AegisClient answerer;

  /// Threads of servers that other test classes share.
  private static Set<Thread> before = Set.of();

  private RawAgent agent;
  private String id = "";

  @BeforeAll
  static void start() throws Exception {
    before = Set.copyOf(Thread.getAllStackTraces().keySet());
    gateway = new TestGateway(directory.resolve("gw"));
    gateway.enrol(TARGET);
    gateway.enrol("bad-foreigner", "elsewhere");
    asker = AegisClient.connect(gateway.enrol("bad-asker"));
    answerer =
        AegisClient.connect(
            gateway.enrol("bad-answerer"),
            client -> client.onRequest("echo", request -> request.payload()));
  }

  @AfterAll
  static void nothingIsLeftBehind() {
    asker.close();
    answerer.close();
    gateway.close();
    await()
        .untilAsserted(() ->
            assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> !before.contains(thread))
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("aegis-")));
    LeakPresenceDetector.check();
  }

  @AfterEach
  void neighboursWereNotDisturbed() throws Exception {
    agent.close();
    assertThat(
            asker
                .request(OutgoingMessage.text("bad-answerer", "echo", "still there"))
                .get(20, TimeUnit.SECONDS)
                .text())
        .isEqualTo("still there");
    await().untilAsserted(() -> assertThat(sessions()).isEqualTo(2));
  }

  static Stream<Arguments> refusedEnvelopes() {
    return Stream.of(
        refused("an integer", ErrorCode.MALFORMED_ENVELOPE, _ -> new byte[] {1}),
        refused("an empty array", ErrorCode.MALFORMED_ENVELOPE, _ -> new byte[] {(byte) 0x90}),
        refused("a short array", ErrorCode.MALFORMED_ENVELOPE, _ -> new byte[] {(byte) 0x91, 3}),
        refused(
            "a cut message",
            ErrorCode.MALFORMED_ENVELOPE,
            from -> Arrays.copyOf(encoded(from, m -> {}), 60)),
        refused(
            "bytes behind the message",
            ErrorCode.MALFORMED_ENVELOPE,
            from -> {
              byte[] good = encoded(from, m -> {});
              return Arrays.copyOf(good, good.length + 1);
            }),
        refused("deep nesting", ErrorCode.MALFORMED_ENVELOPE, BadInputIT::nested),
        refused(
            "a payload that claims four gigabytes",
            ErrorCode.MALFORMED_ENVELOPE,
            from -> {
              byte[] good = encoded(from, m -> m.payload(new byte[0]));
              byte[] bomb = Arrays.copyOf(good, good.length + 3);
              ByteBuffer.wrap(bomb, good.length - 2, 5).put((byte) 0xc6).putInt(-1);
              return bomb;
            }),
        refused(
            "an array that claims four billion elements",
            ErrorCode.MALFORMED_ENVELOPE,
            _ -> new byte[] {(byte) 0xdd, -1, -1, -1, -1, 3}),
        refused(
            "a string where an integer belongs",
            ErrorCode.MALFORMED_ENVELOPE,
            _ -> new byte[] {(byte) 0x91, (byte) 0xa1, '3'}),
        refused("an unknown kind", ErrorCode.UNSUPPORTED_KIND, _ -> new byte[] {(byte) 0x91, 99}),
        refused(
            "a receipt from an agent",
            ErrorCode.UNSUPPORTED_KIND,
            _ -> EnvelopeCodec.encode(new Control.Receipt(Stage.STORED, 0, List.of(), null, 1, 0))),
        refused("rekey", ErrorCode.NOT_OFFERED, _ -> new byte[] {(byte) 0x91, 20}),
        refused("no topic", ErrorCode.INVALID_FIELD, from -> to(from, "topic:news..today")),
        refused("a pattern for a topic", ErrorCode.INVALID_FIELD, from -> to(from, "topic:news.>")),
        refused(
            "no pattern",
            ErrorCode.INVALID_FIELD,
            _ ->
                subscribe(
                    new Control.Subscribe(UUID.randomUUID(), "a.>.b", Map.of(), null, false))),
        refused(
            "no filter",
            ErrorCode.INVALID_FIELD,
            _ ->
                subscribe(
                    new Control.Subscribe(
                        UUID.randomUUID(), "a", Map.of("size", "1"), null, true))),
        refused(
            "a filter over the limit",
            ErrorCode.METADATA_TOO_LARGE,
            _ ->
                subscribe(
                    new Control.Subscribe(
                        UUID.randomUUID(), "a", Map.of("meta.k", "v".repeat(8_192)), null, false))),
        refused(
            "a pattern over the limit",
            ErrorCode.INVALID_FIELD,
            _ ->
                subscribe(
                    new Control.Subscribe(
                        UUID.randomUUID(), "a".repeat(256), Map.of(), null, false))),
        refused(
            "a subscription without elements",
            ErrorCode.MALFORMED_ENVELOPE,
            _ -> new byte[] {(byte) 0x91, 11}),
        refused(
            "a capability that nobody has", ErrorCode.NO_CANDIDATE, from -> to(from, "cap:ocr")),
        refused("a broken capability", ErrorCode.INVALID_FIELD, from -> to(from, "cap:ocr;")),
        refused("no address", ErrorCode.INVALID_FIELD, from -> to(from, "not an id")),
        refused(
            "a payload over the limit",
            ErrorCode.PAYLOAD_TOO_LARGE,
            from -> encoded(from, m -> m.payload(new byte[1024 * 1024 + 1]))),
        refused(
            "an envelope over the limit",
            ErrorCode.ENVELOPE_TOO_LARGE,
            from -> {
              byte[] good = encoded(from, m -> m.payload(new byte[1024 * 1024]));
              return Arrays.copyOf(good, 1024 * 1024 + 70 * 1024);
            }),
        refused(
            "too many metadata entries",
            ErrorCode.METADATA_TOO_LARGE,
            from -> {
              Map<String, String> many = new HashMap<>();
              for (int i = 0; i < 33; i++) {
                many.put("k" + i, "v");
              }
              return encoded(from, m -> m.metadata(many));
            }),
        refused(
            "metadata over the limit",
            ErrorCode.METADATA_TOO_LARGE,
            from -> encoded(from, m -> m.metadata(Map.of("k", "v".repeat(8_192))))),
        refused(
            "a type over the limit",
            ErrorCode.INVALID_FIELD,
            from -> message(from, TARGET, "t".repeat(65), m -> {})),
        refused(
            "a channel over the limit",
            ErrorCode.INVALID_FIELD,
            from -> encoded(from, m -> m.channel("c".repeat(256)))),
        refused(
            "a time to live over the limit",
            ErrorCode.INVALID_FIELD,
            from -> encoded(from, m -> m.ttlMillis(31L * 24 * 3_600_000))),
        refused("too many hops", ErrorCode.TOO_MANY_HOPS, from -> encoded(from, m -> m.hops(17))),
        refused("a forged from", ErrorCode.FROM_MISMATCH, _ -> encoded("bad-asker", m -> {})),
        refused("an unknown recipient", ErrorCode.UNKNOWN_RECIPIENT, from -> to(from, "nobody")),
        refused(
            "another organization's agent",
            ErrorCode.NOT_AUTHORIZED,
            from -> to(from, "bad-foreigner")),
        refused(
            "a durable broadcast",
            ErrorCode.INVALID_FIELD,
            from -> message(from, "*", "t", m -> m.guarantee(Guarantee.AT_LEAST_ONCE))),
        refused(
            "best-effort to an agent that is away",
            ErrorCode.RECIPIENT_OFFLINE,
            from -> encoded(from, m -> m.guarantee(Guarantee.BEST_EFFORT))));
  }

  private static byte[] subscribe(Control.Subscribe wanted) {
    return EnvelopeCodec.encode(wanted);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusedEnvelopes")
  void anEnvelopeIsRefusedAndTheSessionLivesOn(
      String what, ErrorCode code, Function<String, byte[]> envelope) throws Exception {
    byte[] bad = envelope.apply(id);
    if (isMessage(bad)) {
      agent.sendSigned(bad);
    } else {
      agent.send(bad);
    }
    Control.Refusal refusal = agent.next(Control.Refusal.class);
    assertThat(ErrorCode.fromWire(refusal.code())).as(what).contains(code);
    agent.send(EnvelopeCodec.encode(new Control.Heartbeat(5, false)));
    assertThat(agent.next(Control.Heartbeat.class)).isEqualTo(new Control.Heartbeat(5, true));
  }

  @Test
  void aFlightThatItsItemsDoNotFillEndsTheSession() throws Exception {
    for (byte[] flight :
        new byte[][] {
          {}, {0}, {0, 0, 0, 0}, {0, 0, 0, 5, 1}, {0, 0, 0, 1, 1, 9}, {-1, -1, -1, -1}
        }) {
      reconnect();
      agent.connection().frame(RawConnection.BINARY, agent.recordOf(flight));
      assertThat(agent.connection().closeCode()).as(Arrays.toString(flight)).isEqualTo(4405);
    }
  }

  @Test
  void aWindowThatDoesNotVerifyEndsTheSessionAndStoresNothing() throws Exception {
    byte[] message = encoded(id, m -> {});
    agent.signer().add(message, 0, message.length);
    Control.WindowSignature good = agent.signer().sign();
    byte[] forged = good.signature();
    forged[8] ^= 1;
    agent.send(
        message,
        EnvelopeCodec.encode(new Control.WindowSignature(good.firstIndex(), good.count(), forged)));
    assertThat(agent.connection().closeCode()).isEqualTo(4404);
    reconnect();
    byte[] other = encoded(id, m -> {});
    agent.signer().add(message, 0, message.length); // another message than the one that is sent
    agent.send(other, EnvelopeCodec.encode(agent.signer().sign()));
    assertThat(agent.connection().closeCode()).isEqualTo(4404);
    reconnect();
    agent.signer().add(other, 0, other.length);
    agent.send(EnvelopeCodec.encode(agent.signer().sign())); // signs what was never sent
    assertThat(agent.connection().closeCode()).isEqualTo(4404);
    assertThat(pending(TARGET)).isZero();
  }

  @Test
  void anOverdueSignatureEndsTheSession() throws Exception {
    for (int i = 0; i < 11; i++) {
      byte[][] hundred = new byte[100][];
      for (int j = 0; j < 100; j++) {
        hundred[j] = encoded(id, m -> m.guarantee(Guarantee.BEST_EFFORT));
      }
      agent.send(hundred);
    }
    assertThat(agent.connection().closeCode()).isEqualTo(4404);
  }

  @Test
  void whatWasNeverSignedIsNeverStored() throws Exception {
    agent.send(encoded(id, m -> {}), EnvelopeCodec.encode(new Control.Heartbeat(1, false)));
    agent.next(Control.Heartbeat.class); // the message has been read
    agent.close();
    assertThat(pending(TARGET)).isZero();
  }

  @Test
  void theSameIdWithAnotherBodyIsAConflict() throws Exception {
    ClientOptions recipient = gateway.enrol("bad-conflict-target");
    UUID same = UUID.randomUUID();
    for (int i = 0; i < 2; i++) {
      byte[] body = {(byte) i};
      agent.sendSigned(
          EnvelopeCodec.encode(
              Message.builder(Kind.EVENT, same, id, recipient.agentId(), "t")
                  .guarantee(Guarantee.EXACTLY_ONCE)
                  .flags(Message.RECEIPT_STORED)
                  .payload(body)
                  .build()));
    }
    assertThat(agent.next(Control.Receipt.class).ids()).containsExactly(same);
    Control.Refusal refusal = agent.next(Control.Refusal.class);
    assertThat(ErrorCode.fromWire(refusal.code())).contains(ErrorCode.CONFLICT);
    assertThat(refusal.messageId()).isEqualTo(same);
  }

  @Test
  void whatExpiredIsNotDelivered() throws Exception {
    ClientOptions recipient = gateway.enrol("bad-expiry-target");
    UUID late = UUID.randomUUID();
    UUID good = UUID.randomUUID();
    agent.sendSigned(
        EnvelopeCodec.encode(
            Message.builder(Kind.EVENT, late, id, recipient.agentId(), "t").ttlMillis(1).build()),
        EnvelopeCodec.encode(
            Message.builder(Kind.EVENT, good, id, recipient.agentId(), "t")
                .flags(Message.RECEIPT_STORED)
                .build()));
    agent.next(Control.Receipt.class);
    Control.Receipt expired;
    try (RawAgent receiver =
        RawAgent.connected(
            gateway.port(),
            recipient.agentId(),
            recipient.identity(),
            gateway.gateway().publicKey())) {
      Control.Delivery delivery = receiver.next(Control.Delivery.class);
      Message delivered =
          (Message) EnvelopeCodec.decode(delivery.bytes(), 0, delivery.bytes().length);
      assertThat(delivered.id()).isEqualTo(good);
      do {
        expired = agent.next(Control.Receipt.class);
      } while (expired.stage() != Stage.EXPIRED);
    }
    assertThat(expired.ids()).containsExactly(late);
    assertThat(expired.code()).isEqualTo(ErrorCode.EXPIRED.wire());
  }

  @Test
  void anAckOfWhatWasNeverDeliveredChangesNothing() throws Exception {
    agent.send(
        EnvelopeCodec.encode(
            new Control.Ack(Stage.PROCESSED, 1, SequenceRanges.of(new long[] {1, 2, 99}))),
        EnvelopeCodec.encode(new Control.Nack(7, 3, 21, "never seen", 0)),
        EnvelopeCodec.encode(new Control.Heartbeat(2, false)));
    assertThat(agent.next(Control.Heartbeat.class).number()).isEqualTo(2);
  }

  @Test
  void aRevokedKeyIsCutLiveAndNotAdmittedAgain() throws Exception {
    ClientOptions options = gateway.enrol("bad-revoked");
    agent.close();
    agent =
        RawAgent.connected(
            gateway.port(), options.agentId(), options.identity(), gateway.gateway().publicKey());
    assertThat(gateway.admin("DELETE", "/admin/agents/bad-revoked", null).statusCode())
        .isLessThan(300);
    assertThat(agent.connection().closeCode()).isEqualTo(4401);
    try (RawAgent again =
        new RawAgent(
            gateway.port(), options.agentId(), options.identity(), gateway.gateway().publicKey())) {
      again.sendM1();
      again.sendM3();
      assertThat(again.connection().closeCode()).isEqualTo(4400);
    }
  }

  @Test
  void anAgentThatDoesNotReadItsAnswersIsNotReadEither() throws Exception {
    byte[][] beats = new byte[1_000][];
    Arrays.fill(beats, EnvelopeCodec.encode(new Control.Heartbeat(Long.MAX_VALUE, false)));
    Thread flood =
        Thread.ofVirtual()
            .start(() -> {
              try {
                for (int i = 0; i < 2_000; i++) {
                  agent.send(beats);
                }
              } catch (IOException e) {
                Thread.currentThread().interrupt();
              }
            });
    await().until(() -> metric("aegis_reads_paused_total") > 0);
    assertThat(flood.isAlive()).as("TCP holds the sender back").isTrue();
    agent.close();
    flood.join();
  }

  @BeforeEach
  void connect() throws Exception {
    id = "bad-" + UUID.randomUUID();
    agent = gateway.raw(id);
    agent.next(Control.Welcome.class);
  }

  private void reconnect() throws Exception {
    agent.close();
    connect();
  }

  private static Arguments refused(String what, ErrorCode code, Function<String, byte[]> envelope) {
    return Arguments.of(what, code, envelope);
  }

  private static byte[] encoded(String from, Consumer<Message.Builder> more) {
    return message(from, TARGET, "task", more);
  }

  private static byte[] to(String from, String to) {
    return message(from, to, "task", m -> {});
  }

  private static byte[] message(
      String from, String to, String type, Consumer<Message.Builder> more) {
    Message.Builder builder = Message.builder(Kind.EVENT, UUID.randomUUID(), from, to, type);
    builder.payload("x".getBytes(StandardCharsets.UTF_8));
    more.accept(builder);
    return EnvelopeCodec.encode(builder.build());
  }

  /// A good message with one more element: arrays in arrays, as deep as there is room.
  private static byte[] nested(String from) {
    byte[] good = encoded(from, m -> {});
    assertThat(good).startsWith((byte) 0xdc, (byte) 0, (byte) 17);
    byte[] deeper = Arrays.copyOf(good, good.length + 50_000);
    deeper[2]++;
    Arrays.fill(deeper, good.length, deeper.length, (byte) 0x91);
    return deeper;
  }

  /// As the gateway counts for signing windows.
  private static boolean isMessage(byte[] envelope) {
    try {
      return EnvelopeCodec.kind(envelope, 0, envelope.length).isMessage();
    } catch (EnvelopeException e) {
      return false;
    }
  }

  private static int sessions() throws Exception {
    return Json.parse(gateway.admin("GET", "/status", null).body()).path("sessions").asInt();
  }

  private static double metric(String name) throws Exception {
    return gateway
        .admin("GET", "/metrics", null)
        .body()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /// How many messages are stored for an agent.
  private static int pending(String agentId) throws Exception {
    String path = "/api/v1/agents/" + agentId + "/status";
    return Json.parse(gateway.rest("GET", path, gateway.apiKey("admin"), null).body())
        .path("pending")
        .asInt(-1);
  }
}
