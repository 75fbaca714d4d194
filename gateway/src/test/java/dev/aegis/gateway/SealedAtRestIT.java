package dev.aegis.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.client.AegisClient;
import dev.aegis.client.ClientOptions;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.client.Sent;
import dev.aegis.protocol.Guarantee;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a SQL client finds in the database of a gateway that has carried messages.
class SealedAtRestIT {
  private static final String MARKER = "plaintext-marker-7f3a9c";
  private static final String MARKED_NAME = "marked-metadata-51d2";

  @TempDir static Path directory;
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = new TestGateway(directory.resolve("gw"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @Test
  void payloadsAndMetadataAreNowhereInPlaintext() throws Exception {
    ClientOptions away = gateway.enrol("sealed-away");
    List<UUID> waiting = new ArrayList<>();
    Map<UUID, Guarantee> done = new LinkedHashMap<>();
    try (AegisClient sender = AegisClient.connect(gateway.enrol("sealed-sender"));
        AegisClient _ =
            AegisClient.connect(gateway.enrol("sealed-here"), c -> c.on("*", _ -> {}))) {
      for (Guarantee guarantee : List.of(Guarantee.AT_LEAST_ONCE, Guarantee.EXACTLY_ONCE)) {
        Sent handled = sender.send(marked("sealed-here").withGuarantee(guarantee));
        handled.processed().get(30, TimeUnit.SECONDS);
        done.put(handled.id(), guarantee);
        Sent kept = sender.send(marked(away.agentId()).withGuarantee(guarantee));
        kept.accepted().get(30, TimeUnit.SECONDS);
        waiting.add(kept.id());
      }
      sender.send(marked("sealed-here").withGuarantee(Guarantee.BEST_EFFORT));
    }

    try (Connection sql = gateway.database()) {
      for (UUID id : done.keySet()) {
        awaitStatus(sql, id, "processed");
      }
      for (UUID id : waiting) {
        awaitStatus(sql, id, "pending");
      }
      Set<UUID> stored = new TreeSet<>(done.keySet());
      stored.addAll(waiting);
      for (UUID id : stored) {
        assertSealed(sql, id);
      }
      assertThat(count(sql, "SELECT count(*) FROM message_queue")).isEqualTo(stored.size());
      assertThat(searched(sql, MARKER.getBytes(StandardCharsets.UTF_8))).isEmpty();
      assertThat(searched(sql, MARKED_NAME.getBytes(StandardCharsets.UTF_8))).isEmpty();
      // The search does find what is there.
      assertThat(searched(sql, "sealed-sender".getBytes(StandardCharsets.UTF_8)))
          .contains("message_queue.sender_id", "agents.agent_id", "agent_connections.agent_id");
    }
    gateway.restart(); // has everything written out
    assertThat(filesWith(MARKER)).isEmpty();
    assertThat(filesWith(MARKED_NAME)).isEmpty();
    assertThat(filesWith("sealed-sender")).isNotEmpty();

    // It was not lost, only sealed: the recipient reads it.
    List<String> read = java.util.Collections.synchronizedList(new ArrayList<>());
    try (AegisClient _ =
        AegisClient.connect(
            gateway.options(away.agentId(), away.identity()),
            c -> c.on("*", message -> read.add(message.text())))) {
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(read).containsExactly(MARKER, MARKER));
    }
  }

  @Test
  void connectionsComeAndGoInTheirTable() throws Exception {
    ClientOptions agent = gateway.enrol("sealed-visitor");
    try (Connection sql = gateway.database()) {
      assertThat(columns(sql, "agent_connections"))
          .contains(
              "id uuid",
              "agent_id character varying",
              "public_key bytea",
              "session_token bytea",
              "connected_at timestamp with time zone",
              "last_seen timestamp with time zone",
              "is_active boolean");
      assertThat(columns(sql, "message_queue"))
          .contains(
              "id uuid",
              "agent_id character varying",
              "channel character varying",
              "message_type character varying",
              "payload bytea",
              "encrypted_payload bytea",
              "nonce bytea",
              "signature bytea",
              "status character varying",
              "retry_count integer",
              "created_at timestamp with time zone");
      UUID first;
      try (AegisClient _ = AegisClient.connect(agent)) {
        await().untilAsserted(() -> assertThat(active(sql, "sealed-visitor")).isTrue());
        first = connectionId(sql, "sealed-visitor");
        assertThat(
                count(
                    sql,
                    "SELECT count(*) FROM agent_connections c JOIN agents a USING (agent_id)"
                        + " WHERE agent_id = 'sealed-visitor' AND c.public_key = a.public_key"
                        + " AND length(c.session_token) = 32 AND c.last_seen >= c.connected_at"))
            .isEqualTo(1);
      }
      await().untilAsserted(() -> assertThat(active(sql, "sealed-visitor")).isFalse());
      try (AegisClient _ = AegisClient.connect(agent)) {
        await().untilAsserted(() -> assertThat(active(sql, "sealed-visitor")).isTrue());
        assertThat(connectionId(sql, "sealed-visitor")).isNotEqualTo(first);
      }
      await().untilAsserted(() -> assertThat(active(sql, "sealed-visitor")).isFalse());
      assertThat(
              count(
                  sql, "SELECT count(*) FROM agent_connections WHERE agent_id = 'sealed-visitor'"))
          .isEqualTo(1);
    }
  }

  private static OutgoingMessage marked(String to) {
    return OutgoingMessage.text(to, "note", MARKER)
        .withMetadata(Map.of("name", MARKED_NAME))
        .withChannel("lobby");
  }

  private static void awaitStatus(Connection sql, UUID id, String status) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(
                    count(
                        sql,
                        "SELECT count(*) FROM message_queue WHERE id = '"
                            + id
                            + "' AND status = '"
                            + status
                            + "'"))
                .isEqualTo(1));
  }

  private static void assertSealed(Connection sql, UUID id) throws Exception {
    try (PreparedStatement query =
        sql.prepareStatement(
            "SELECT m.payload, m.encrypted_payload, m.nonce, m.signature, m.channel,"
                + " m.message_type, m.retry_count, w.signature, w.agent_key, a.public_key"
                + " FROM message_queue m JOIN signing_windows w ON w.id = m.window_id"
                + " JOIN agents a ON a.agent_id = m.sender_id WHERE m.id = ?")) {
      query.setObject(1, id);
      try (ResultSet row = query.executeQuery()) {
        assertThat(row.next()).isTrue();
        assertThat(row.getBytes(1)).isNull();
        assertThat(row.getBytes(2).length).isGreaterThan(MARKER.length());
        assertThat(row.getBytes(3)).isNotEmpty();
        assertThat(contains(row.getBytes(2), row.getBytes(3))).isTrue();
        assertThat(row.getBytes(4)).hasSize(64).isEqualTo(row.getBytes(8));
        assertThat(row.getString(5)).isEqualTo("lobby");
        assertThat(row.getString(6)).isEqualTo("note");
        assertThat(row.getInt(7)).isZero();
        assertThat(MessageDigest.isEqual(row.getBytes(9), row.getBytes(10))).isTrue();
      }
    }
  }

  /// The columns, of every table there is, that have these bytes in them as they are, in
  /// hexadecimal or in base64.
  private static List<String> searched(Connection sql, byte[] wanted) throws SQLException {
    List<String> found = new ArrayList<>();
    List<String[]> columns = new ArrayList<>();
    try (Statement statement = sql.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                    + " WHERE table_schema = 'public' AND data_type IN"
                    + " ('bytea', 'text', 'character varying', 'jsonb', 'json')")) {
      while (row.next()) {
        columns.add(new String[] {row.getString(1), row.getString(2), row.getString(3)});
      }
    }
    assertThat(columns).anyMatch(c -> c[0].equals("journal") && c[1].equals("body"));
    for (String[] column : columns) {
      String bytes =
          column[2].equals("bytea") ? column[1] : "convert_to(" + column[1] + "::text, 'UTF8')";
      try (PreparedStatement query =
          sql.prepareStatement(
              "SELECT count(*) FROM "
                  + column[0]
                  + " WHERE position(? IN "
                  + bytes
                  + ") > 0 OR position(? IN "
                  + bytes
                  + ") > 0")) {
        query.setBytes(1, wanted);
        query.setBytes(
            2, java.util.HexFormat.of().formatHex(wanted).getBytes(StandardCharsets.US_ASCII));
        try (ResultSet row = query.executeQuery()) {
          row.next();
          if (row.getLong(1) > 0) {
            found.add(column[0] + "." + column[1]);
          }
        }
      }
    }
    return found;
  }

  /// Everything the gateway has on disk: the database with its write-ahead log, and its own files.
  private static List<Path> filesWith(String text) throws Exception {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    List<Path> found = new ArrayList<>();
    Path root = directory.resolve("gw");
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.startsWith(root.resolve("postgres/postgres"))) {
          continue; // the programs
        }
        try {
          if (contains(Files.readAllBytes(file), wanted)) {
            found.add(root.relativize(file));
          }
        } catch (java.nio.file.NoSuchFileException _) {
          // PostgreSQL removes files as it goes.
        }
      }
    }
    return found;
  }

  private static boolean contains(byte[] where, byte[] wanted) {
    outer:
    for (int i = 0; i <= where.length - wanted.length; i++) {
      for (int j = 0; j < wanted.length; j++) {
        if (where[i + j] != wanted[j]) {
          continue outer;
        }
      }
      return true;
    }
    return false;
  }

  private static boolean active(Connection sql, String agent) throws SQLException {
    return count(
            sql,
            "SELECT count(*) FROM agent_connections WHERE is_active AND agent_id = '" + agent + "'")
        == 1;
  }

  private static UUID connectionId(Connection sql, String agent) throws SQLException {
    try (Statement statement = sql.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id FROM agent_connections WHERE agent_id = '" + agent + "'")) {
      assertThat(row.next()).isTrue();
      return row.getObject(1, UUID.class);
    }
  }

  private static List<String> columns(Connection sql, String table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Statement statement = sql.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT column_name || ' ' || data_type FROM information_schema.columns"
                    + " WHERE table_schema = 'public' AND table_name = '"
                    + table
                    + "'")) {
      while (row.next()) {
        columns.add(row.getString(1));
      }
    }
    return columns;
  }

  private static long count(Connection sql, String query) throws SQLException {
    try (Statement statement = sql.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getLong(1);
    }
  }
}
