package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.aegis.store.WebhookDelivery.Status;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class WebhookStoreIT {
  private static final String URL = "https://bob.example/hook";

  private DatabaseSettings settings;
  private Database database;
  private WebhookStore webhooks;
  private WebhookLogStore log;

  @BeforeEach
  void open() throws SQLException {
    settings = TestServer.freshDatabase();
    database = Database.open(settings);
    webhooks =
        new WebhookStore(database, TestServer.CIPHER, InstantSource.system(), new SecureRandom());
    log = new WebhookLogStore(database, TestServer.CIPHER);
    execute(
        "INSERT INTO agents (agent_id, organization_id, created_at, endpoint) VALUES"
            + " ('bob', 'default', now(), '"
            + URL
            + "'), ('carol', 'default', now(), NULL)");
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void anEndpointIsServedOnceItHasASecretWhichIsToldOnce() {
    assertThat(webhooks.served()).isEmpty();
    assertThat(webhooks.find("bob").orElseThrow().secret()).isNull();
    String secret = webhooks.set("bob");
    assertThat(secret).startsWith("whsec_").hasSize("whsec_".length() + 44);
    assertThat(webhooks.set("bob")).isNull();
    assertThat(webhooks.served())
        .singleElement()
        .satisfies(endpoint -> {
          assertThat(endpoint.url()).isEqualTo(URL);
          assertThat(endpoint.secret()).isEqualTo(secret);
          assertThat(endpoint).asString().doesNotContain("whsec_");
        });
    assertThat(webhooks.find("carol")).isEmpty();
  }

  @Test
  void aSecretIsSealedAndBoundToItsAgent() throws SQLException {
    String secret = webhooks.set("bob");
    assertThat(secret).isNotNull();
    assertThat(read("SELECT encode(secret, 'escape') FROM webhooks")).doesNotContain(secret);
    assertThat(webhooks.find("bob").orElseThrow().secret()).isEqualTo(secret);
  }

  @Test
  void aSecretThatDoesNotOpenIsItsAgentsTroubleAloneAndAnotherOneMendsIt() throws SQLException {
    execute("UPDATE agents SET endpoint = 'https://carol.example/' WHERE agent_id = 'carol'");
    webhooks.set("bob");
    String other = webhooks.set("carol");
    assertThat(webhooks.served()).hasSize(2).allMatch(endpoint -> endpoint.secret() != null);
    execute("UPDATE webhooks SET secret = '\\x00' WHERE agent_id = 'bob'");
    assertThat(webhooks.served())
        .extracting(WebhookEndpoint::agentId, WebhookEndpoint::secret)
        .containsExactlyInAnyOrder(tuple("bob", null), tuple("carol", other));
    assertThat(webhooks.find("bob").orElseThrow().secret()).isNull();
    String mended = webhooks.rotate("bob", 60_000);
    assertThat(webhooks.find("bob").orElseThrow().secret()).isEqualTo(mended);
    assertThat(webhooks.served())
        .extracting(WebhookEndpoint::agentId, WebhookEndpoint::secret)
        .containsExactlyInAnyOrder(tuple("bob", mended), tuple("carol", other));
  }

  @Test
  void theSecretBeforeTheLastRotationStaysForAWhile() {
    String first = webhooks.set("bob");
    String second = webhooks.rotate("bob", 60_000);
    WebhookEndpoint endpoint = webhooks.find("bob").orElseThrow();
    assertThat(endpoint.secret()).isEqualTo(second).isNotEqualTo(first);
    assertThat(endpoint.previousSecret()).isEqualTo(first);
    assertThat(endpoint.previousUntilMillis()).isGreaterThan(System.currentTimeMillis());
    String third = webhooks.rotate("bob", 0);
    endpoint = webhooks.find("bob").orElseThrow();
    assertThat(List.of(third, second))
        .isEqualTo(List.of(text(endpoint.secret()), text(endpoint.previousSecret())));
  }

  @Test
  void oneThatIsGoneIsNotServedUntilItIsSetAgain() {
    webhooks.set("bob");
    assertThat(webhooks.disable("bob", "https://other.example/", "gone")).isFalse();
    assertThat(webhooks.served()).hasSize(1);
    assertThat(webhooks.disable("bob", URL, "gone")).isTrue();
    assertThat(webhooks.disable("bob", URL, "gone")).isFalse();
    assertThat(webhooks.served()).isEmpty();
    assertThat(webhooks.find("bob").orElseThrow().disabledReason()).isEqualTo("gone");
    webhooks.set("bob");
    assertThat(webhooks.served()).hasSize(1);
    webhooks.remove("bob");
    assertThat(webhooks.served()).isEmpty();
  }

  @Test
  void agentsThatMayNotBeSentAnythingAreNotServed() throws SQLException {
    webhooks.set("bob");
    execute("UPDATE agents SET status = 'inactive' WHERE agent_id = 'bob'");
    assertThat(webhooks.served()).isEmpty();
    execute("UPDATE agents SET status = 'maintenance' WHERE agent_id = 'bob'");
    assertThat(webhooks.served()).hasSize(1);
    execute("UPDATE agents SET revoked_at = now() WHERE agent_id = 'bob'");
    assertThat(webhooks.served()).isEmpty();
    assertThat(webhooks.find("bob")).isEmpty();
  }

  @Test
  void anEndpointMaySayHowMuchItTakes() {
    assertThat(webhooks.limit("bob", 3)).isFalse();
    webhooks.set("bob");
    assertThat(webhooks.limit("bob", 3)).isTrue();
    assertThat(webhooks.find("bob").orElseThrow().concurrency()).isEqualTo(3);
    webhooks.limit("bob", 0);
    assertThat(webhooks.find("bob").orElseThrow().concurrency()).isZero();
  }

  @Test
  void attemptsAreFoundByMessageAndByAgentAndGoWithTime() throws SQLException {
    UUID id = UUID.randomUUID();
    List<WebhookDelivery> attempts = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      attempts.add(
          new WebhookDelivery(
              0,
              "bob",
              i == 5 ? UUID.randomUUID() : id,
              i,
              i * 1_000L,
              7,
              i == 1 ? Status.TIMEOUT : Status.SUCCESS,
              i == 1 ? 0 : 200,
              i == 1 ? null : "told nobody",
              false,
              i == 1 ? "no whole answer in time" : null));
    }
    log.append(attempts);
    log.append(List.of());
    assertThat(log.ofMessage(id)).extracting(WebhookDelivery::attempt).containsExactly(1, 2, 3, 4);
    WebhookDelivery first = log.ofMessage(id).getFirst();
    assertThat(first.status()).isEqualTo(Status.TIMEOUT);
    assertThat(first.responseCode()).isZero();
    assertThat(first.responseBody()).isNull();
    List<WebhookDelivery> page = log.ofAgent("bob", Long.MAX_VALUE, 2);
    assertThat(page).extracting(WebhookDelivery::attempt).containsExactly(5, 4);
    assertThat(page.getFirst().responseBody()).isEqualTo("told nobody");
    assertThat(log.ofAgent("bob", page.getLast().id(), 10))
        .extracting(WebhookDelivery::attempt)
        .containsExactly(3, 2, 1);
    assertThat(log.ofAgent("carol", Long.MAX_VALUE, 10)).isEmpty();
    assertThat(
            read("SELECT string_agg(encode(response_body, 'escape'), '') FROM webhook_deliveries"))
        .doesNotContain("told nobody");
    assertThat(log.purge(3_000)).isEqualTo(2);
    assertThat(log.ofMessage(id)).extracting(WebhookDelivery::attempt).containsExactly(3, 4);
  }

  @Test
  void aResponseThatDoesNotOpenIsMissingFromItsAttemptAloneAndSaidOnce() throws SQLException {
    UUID id = UUID.randomUUID();
    log.append(List.of(attempt(id, 1, "spoilt"), attempt(id, 2, "whole"), attempt(id, 3, null)));
    execute("UPDATE webhook_deliveries SET response_body = '\\x00' WHERE attempt = 1");
    Logger logger = (Logger) LoggerFactory.getLogger(WebhookLogStore.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    try {
      assertThat(log.ofMessage(id))
          .extracting(WebhookDelivery::responseBody, WebhookDelivery::unreadable)
          .containsExactly(tuple(null, true), tuple("whole", false), tuple(null, false));
      assertThat(log.ofAgent("bob", Long.MAX_VALUE, 10)).hasSize(3);
    } finally {
      logger.detachAppender(said);
    }
    assertThat(said.list).hasSize(1);
  }

  private static WebhookDelivery attempt(UUID id, int number, @Nullable String body) {
    return new WebhookDelivery(
        0, "bob", id, number, 1_000, 7, Status.SUCCESS, 200, body, false, null);
  }

  @Test
  void mailboxesThatNobodyOwnsAreFoundWhereSomethingWaits() throws SQLException {
    webhooks.set("bob");
    execute(
        "INSERT INTO mailboxes (agent_id, epoch, next_sequence, owner) VALUES ('bob', 1, 2, 999)");
    assertThat(webhooks.unowned()).isEmpty();
    execute(
        "INSERT INTO message_queue (id, agent_id, mailbox_epoch, sequence, sender_id, message_type,"
            + " kind, priority, guarantee, status, created_at, encrypted_payload, digest, size)"
            + " VALUES (gen_random_uuid(), 'bob', 1, 1,"
            + " 'alice', 'task', 1, 2, 1, 'pending', now(), '', 0, 0)");
    assertThat(webhooks.unowned()).containsExactly("bob");
    execute("UPDATE mailboxes SET owner = " + database.journal().value());
    assertThat(webhooks.unowned()).isEmpty();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String read(String sql) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return text(row.getString(1));
    }
  }
}
