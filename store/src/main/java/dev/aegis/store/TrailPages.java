package dev.aegis.store;

import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.PageEntries;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Entries on their way into a chain: pages of a bounded size for each organization. Confined to
/// one thread.
final class TrailPages {
  static final int PAGE_ENTRIES = 4_096;
  private static final int PAGE_BYTES = 512 << 10;

  private final Map<String, List<PageEntries>> pages = new LinkedHashMap<>();

  void add(String organization, AuditEntry entry) {
    add(organization, entry, 0, 0);
  }

  /// As [PageEntries#add(AuditEntry, long, long)].
  void add(String organization, AuditEntry entry, long deliveredAt, long processedAt) {
    page(organization).add(entry, deliveredAt, processedAt);
  }

  private PageEntries page(String organization) {
    List<PageEntries> ofOne = pages.computeIfAbsent(organization, _ -> new ArrayList<>());
    if (ofOne.isEmpty()
        || ofOne.getLast().count() >= PAGE_ENTRIES
        || ofOne.getLast().size() >= PAGE_BYTES) {
      ofOne.add(new PageEntries());
    }
    return ofOne.getLast();
  }

  /// By organization.
  Map<String, List<PageEntries>> all() {
    return pages;
  }
}
