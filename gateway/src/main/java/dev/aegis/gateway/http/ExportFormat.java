package dev.aegis.gateway.http;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Chain;
import dev.aegis.store.audit.Checkpoint;
import dev.aegis.store.audit.MalformedPageException;
import dev.aegis.store.audit.Page;
import dev.aegis.store.audit.PageEntries;
import dev.aegis.store.audit.Retention;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The lines of an export of the audit trail (NDJSON): a header, since when each retention has
/// everything, the checkpoints and pages with what is in them, and an end. What is in a page is
/// there twice, as bytes that were hashed and as lines to read; whoever verifies compares the two.
final class ExportFormat {
  static final int VERSION = 1;
  static final String KIND = "kind";
  static final String EXPORT = "export";
  static final String KEPT = "kept";
  static final String PAGE = "page";
  static final String ENTRY = "entry";
  static final String CHECKPOINT = "checkpoint";
  static final String END = "end";

  private ExportFormat() {}

  static Map<String, Object> header(String organization, long atMillis, long fromMillis) {
    Map<String, Object> line = line(EXPORT);
    line.put("version", VERSION);
    line.put("organization", organization);
    line.put("exported_at", time(atMillis));
    line.put("from", fromMillis == 0 ? null : time(fromMillis));
    return line;
  }

  static Map<String, Object> kept(Retention retention, long sinceMillis) {
    Map<String, Object> line = line(KEPT);
    line.put("retention", retention.label());
    line.put("since", time(sinceMillis));
    return line;
  }

  /// A page and its entries.
  ///
  /// @throws MalformedPageException its body is none
  static List<Map<String, Object>> page(Page page) throws MalformedPageException {
    List<AuditEntry> entries = PageEntries.decode(page.body());
    List<Map<String, Object>> lines = new ArrayList<>(entries.size() + 1);
    Map<String, Object> head = link(PAGE, page);
    head.put("entries", entries.size());
    lines.add(head);
    for (AuditEntry entry : entries) {
      Map<String, Object> line = line(ENTRY);
      line.putAll(entry(entry));
      lines.add(line);
    }
    return lines;
  }

  /// @throws MalformedPageException its body is none
  static Map<String, Object> checkpoint(Page page, byte @Nullable [] signature)
      throws MalformedPageException {
    Checkpoint checkpoint = Checkpoint.decode(page.body());
    Map<String, Object> line = link(CHECKPOINT, page);
    line.put("signature", signature == null ? null : base64(signature));
    line.put("key", base64(checkpoint.key()));
    List<Map<String, Object>> heads = new ArrayList<>();
    for (Checkpoint.Head head : checkpoint.heads()) {
      Map<String, Object> shown = new LinkedHashMap<>();
      shown.put("stream", head.stream().label());
      shown.put("journal", head.journal());
      shown.put("number", head.number());
      shown.put("at", time(head.atMillis()));
      shown.put("hash", HexFormat.of().formatHex(head.hash()));
      heads.add(shown);
    }
    line.put("heads", heads);
    return line;
  }

  /// A page whose body is none.
  static Map<String, Object> unreadable(Page page) {
    return link(page.chain().stream() == Chain.Stream.CHECKPOINTS ? CHECKPOINT : PAGE, page);
  }

  /// @param pages of all kinds
  static Map<String, Object> end(long pages) {
    Map<String, Object> line = line(END);
    line.put("pages", pages);
    return line;
  }

  private static Map<String, Object> link(String kind, Page page) {
    Map<String, Object> line = line(kind);
    line.put("retention", page.chain().retention().label());
    line.put("stream", page.chain().stream().label());
    line.put("journal", page.chain().journal());
    line.put("number", page.number());
    line.put("at", time(page.atMillis()));
    line.put("previous_at", page.number() == 1 ? null : time(page.previousAtMillis()));
    line.put("previous", HexFormat.of().formatHex(page.previous()));
    line.put("hash", HexFormat.of().formatHex(page.hash()));
    line.put("body", base64(page.body()));
    return line;
  }

  /// What an entry says, without what it does not.
  static Map<String, Object> entry(AuditEntry entry) {
    Map<String, Object> shown = new LinkedHashMap<>();
    shown.put("at", time(entry.atMillis()));
    shown.put("event", entry.event().label());
    switch (entry.event()) {
      case ACTION -> {
        put(shown, "actor", entry.sender());
        put(shown, "action", entry.type());
        put(shown, "subject", entry.recipient());
        put(shown, "detail", entry.reason());
      }
      case SESSION_OPENED, SESSION_CLOSED -> {
        put(shown, "agent", entry.sender());
        shown.put("login", entry.sequence());
        put(shown, "reason", entry.reason());
      }
      case LOST -> put(shown, "count", entry.reason());
      case ACCEPTED,
          DELIVERED,
          PROCESSED,
          RETRIED,
          FAILED,
          EXPIRED,
          DEAD,
          REDRIVEN,
          DISCARDED,
          ERASED,
          MOVED ->
          message(shown, entry);
    }
    return shown;
  }

  private static void message(Map<String, Object> shown, AuditEntry entry) {
    put(shown, "message_id", entry.message());
    put(shown, "from", entry.sender());
    put(shown, "to", entry.recipient());
    put(shown, "type", entry.type());
    put(shown, "conversation_id", entry.conversation());
    put(shown, "correlation_id", entry.correlation());
    put(shown, "reason", entry.reason());
    shown.put("mailbox_epoch", entry.mailboxEpoch());
    shown.put("sequence", entry.sequence());
    byte[] digest = entry.digest();
    if (digest != null) {
      shown.put("priority", entry.priority());
      shown.put("size", entry.size());
      shown.put("digest", HexFormat.of().formatHex(digest));
    }
  }

  private static void put(Map<String, Object> shown, String name, @Nullable Object value) {
    if (value != null) {
      shown.put(name, value);
    }
  }

  private static Map<String, Object> line(String kind) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(KIND, kind);
    return line;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
