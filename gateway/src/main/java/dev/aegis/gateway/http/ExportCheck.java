package dev.aegis.gateway.http;

import dev.aegis.crypto.Ed25519;
import dev.aegis.crypto.VerifyingKey;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.MalformedPageException;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.audit.TrailVerifier;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Verifies an export of the audit trail, with nothing but the file and, perhaps, keys that are
/// known from elsewhere. Each line must be what its page's bytes say. Confined to one thread.
public final class ExportCheck {
  private static final int MAX_LINE = 16 << 20;

  private final TrailVerifier verifier;
  private final String organization;

  /// Lines that the page in front says come next.
  private final Queue<Map<String, Object>> expected = new ArrayDeque<>();

  private long lineNumber = 1;
  private long pages;
  private boolean ended;

  private ExportCheck(TrailVerifier verifier, String organization) {
    this.verifier = verifier;
    this.organization = organization;
  }

  /// @param pinned keys of the gateway that are known from elsewhere; empty to take the file's
  /// @throws IOException the file cannot be read, or is no export
  public static TrailVerifier.Result run(
      BufferedReader file, Ed25519 ed25519, Set<VerifyingKey> pinned) throws IOException {
    String first = file.readLine();
    if (first == null || first.length() > MAX_LINE) {
      throw new IOException("not an export of the audit trail");
    }
    ExportCheck check = begin(first, ed25519, pinned);
    for (String line = file.readLine(); line != null; line = file.readLine()) {
      check.lineNumber++;
      check.line(line);
    }
    return check.end();
  }

  private static ExportCheck begin(String line, Ed25519 ed25519, Set<VerifyingKey> pinned)
      throws IOException {
    try {
      JsonNode header = Json.parse(line);
      if (!header.path(ExportFormat.KIND).asString("").equals(ExportFormat.EXPORT)) {
        throw new IOException("not an export of the audit trail");
      }
      if (header.path("version").asInt(0) != ExportFormat.VERSION) {
        throw new IOException("an export of another version than this program reads");
      }
      String organization = header.path("organization").asString();
      return new ExportCheck(
          new TrailVerifier(
              ed25519,
              pinned,
              organization,
              time(header.path("exported_at")),
              header.path("from").isNull() ? 0 : time(header.path("from"))),
          organization);
    } catch (JacksonException | DateTimeException e) {
      throw new IOException("not an export of the audit trail", e);
    }
  }

  private void line(String text) {
    if (ended) {
      problem("is behind the end");
      return;
    }
    JsonNode line;
    try {
      line = text.length() > MAX_LINE ? null : Json.parse(text);
    } catch (JacksonException _) {
      line = null;
    }
    if (line == null || !line.isObject()) {
      problem("is not JSON");
      return;
    }
    try {
      switch (line.path(ExportFormat.KIND).asString("")) {
        case ExportFormat.KEPT ->
            verifier.kept(retention(line.path("retention")), time(line.path("since")));
        case ExportFormat.PAGE, ExportFormat.CHECKPOINT -> page(line);
        case ExportFormat.ENTRY -> entry(line);
        case ExportFormat.END -> {
          complete();
          ended = true;
          if (line.path("pages").asLong(-1) != pages) {
            problem("says that there are " + line.path("pages") + " pages; there are " + pages);
          }
        }
        default -> problem("is of no kind that is known");
      }
    } catch (IllegalArgumentException | DateTimeException | JacksonException e) {
      problem("cannot be read");
    }
  }

  private void page(JsonNode line) {
    complete();
    pages++;
    Chain.Stream stream = Chain.Stream.ofLabel(line.path("stream").asString());
    Chain chain =
        new Chain(
            organization, retention(line.path("retention")), stream, line.path("journal").asLong());
    Page page =
        new Page(
            chain,
            line.path("number").asLong(),
            time(line.path("at")),
            line.path("previous_at").isNull() ? 0 : time(line.path("previous_at")),
            HexFormat.of().parseHex(line.path("previous").asString()),
            Base64.getDecoder().decode(line.path("body").asString()));
    byte[] signature = signature(line.path("signature"));
    verifier.page(page, signature);
    try {
      if (stream == Chain.Stream.CHECKPOINTS) {
        expected.add(ExportFormat.checkpoint(page, signature));
      } else {
        expected.addAll(ExportFormat.page(page));
      }
    } catch (MalformedPageException _) {
      return; // which the verifier has said
    }
    compare(line, expected.remove());
  }

  private void entry(JsonNode line) {
    Map<String, Object> said = expected.poll();
    if (said == null) {
      problem("is an entry that its page does not have");
    } else {
      compare(line, said);
    }
  }

  private void compare(JsonNode line, Map<String, Object> said) {
    if (!line.equals(Json.parse(Json.write(said)))) {
      problem("does not say what the bytes of its page say");
    }
  }

  private void complete() {
    if (!expected.isEmpty()) {
      problem("comes before the page in front has its " + expected.size() + " other entries");
      expected.clear();
    }
  }

  private TrailVerifier.Result end() {
    if (!ended) {
      verifier.problem("the file ends too early: it has no end");
    }
    return verifier.finish();
  }

  private void problem(String what) {
    verifier.problem("line " + lineNumber + " " + what);
  }

  private static byte @Nullable [] signature(JsonNode node) {
    return node.isString() ? Base64.getDecoder().decode(node.asString()) : null;
  }

  private static Retention retention(JsonNode node) {
    Retention retention = Retention.ofLabel(node.asString());
    if (retention == null) {
      throw new IllegalArgumentException("no retention");
    }
    return retention;
  }

  private static long time(JsonNode node) {
    return Instant.parse(node.asString()).toEpochMilli();
  }
}
