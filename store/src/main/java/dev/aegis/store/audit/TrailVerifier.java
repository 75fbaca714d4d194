package dev.aegis.store.audit;

import dev.aegis.crypto.Ed25519;
import dev.aegis.crypto.VerifyingKey;
import java.security.InvalidKeyException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Checks a trail that was exported, page by page: that each chain is whole, that each page is what
/// was hashed, and that chains come at least as far as the checkpoints say that were signed. Wants
/// the checkpoints of a retention in front of its other pages. Confined to one thread.
public final class TrailVerifier {
  /// A page this old has been signed for by any gateway, whatever its interval.
  private static final Duration SIGNED_WITHIN = Duration.ofHours(2);

  private final Ed25519 ed25519;
  private final Set<VerifyingKey> pinned;
  private final String organization;
  private final long exportedAt;
  private final long from;
  private final Map<Retention, Long> keptFrom = new EnumMap<>(Retention.class);
  private final Map<Chain, Walk> walks = new HashMap<>();
  private final Map<Chain, NavigableMap<Long, Checkpoint.Head>> heads = new HashMap<>();
  private final Map<Retention, List<Signed>> checkpoints = new EnumMap<>(Retention.class);
  private final Set<String> keys = new TreeSet<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private long pages;
  private long entries;

  /// Where a chain has come to.
  private static final class Walk {
    final long first;
    long number;
    long atMillis;
    byte[] hash;
    long uncoveredSince;
    long uncovered;

    Walk(Page page, byte[] hash) {
      this.first = page.number();
      this.number = page.number();
      this.atMillis = page.atMillis();
      this.hash = hash;
    }
  }

  /// A checkpoint.
  ///
  /// @param linked whether it names the one in front of it
  private record Signed(long number, @Nullable VerifyingKey key, boolean linked) {}

  /// What came of it.
  ///
  /// @param problems what was changed or is missing; empty for a trail that is whole
  /// @param notes what the reader should know
  /// @param keys that signed it, in base64
  public record Result(
      List<String> problems,
      List<String> notes,
      Set<String> keys,
      long chains,
      long pages,
      long entries,
      long checkpoints) {
    public boolean whole() {
      return problems.isEmpty();
    }
  }

  /// @param pinned keys of the gateway that are known from elsewhere; empty to take those of the
  ///   file
  /// @param from what was exported begins there, 0 for everything
  public TrailVerifier(
      Ed25519 ed25519, Set<VerifyingKey> pinned, String organization, long exportedAt, long from) {
    this.ed25519 = ed25519;
    this.pinned = Set.copyOf(pinned);
    this.organization = organization;
    this.exportedAt = exportedAt;
    this.from = from;
  }

  /// From when on everything of a retention should be there.
  public void kept(Retention retention, long since) {
    keptFrom.put(retention, since);
    if (since > Math.max(from, retention.keptFrom(exportedAt))) {
      problems.add(
          "what is kept for %s begins at %s, later than it may"
              .formatted(retention.label(), time(since)));
    }
  }

  /// Something that is wrong with the file itself.
  public void problem(String what) {
    problems.add(what);
  }

  /// The next page. Answers its entries; none where it does not say any.
  ///
  /// @param signature of a checkpoint, else null
  public List<AuditEntry> page(Page page, byte @Nullable [] signature) {
    pages++;
    Chain chain = page.chain();
    if (!chain.organization().equals(organization)) {
      problems.add(at(page) + "is another organization's");
    }
    byte[] hash = page.hash();
    boolean linked = walk(page, hash);
    if (chain.stream() == Chain.Stream.CHECKPOINTS) {
      checkpoint(page, hash, signature, linked);
      return List.of();
    }
    try {
      List<AuditEntry> read = PageEntries.decode(page.body());
      entries += read.size();
      return read;
    } catch (MalformedPageException e) {
      problems.add(at(page) + "cannot be read: " + e.getMessage());
      return List.of();
    }
  }

  /// @return whether it follows the page in front
  private boolean walk(Page page, byte[] hash) {
    Chain chain = page.chain();
    Walk walk = walks.get(chain);
    if (walk == null) {
      walk = new Walk(page, hash);
      walks.put(chain, walk);
      covered(page, hash, walk);
      return begins(page);
    }
    boolean follows = true;
    if (page.number() <= walk.number) {
      problems.add(at(page) + "comes behind page " + walk.number);
      follows = false;
    } else if (page.number() > walk.number + 1) {
      problems.add(
          "chain %s: pages %d to %d are missing"
              .formatted(chain, walk.number + 1, page.number() - 1));
      follows = false;
    } else if (!Arrays.equals(page.previous(), walk.hash)
        || page.previousAtMillis() != walk.atMillis) {
      problems.add(
          "chain %s: page %d or page %d was changed: they do not fit together"
              .formatted(chain, walk.number, page.number()));
      follows = false;
    }
    if (page.atMillis() < walk.atMillis) {
      problems.add(at(page) + "is older than the page in front");
    }
    walk.number = page.number();
    walk.atMillis = page.atMillis();
    walk.hash = hash;
    covered(page, hash, walk);
    return follows;
  }

  /// Whether a chain may begin with this page: what is in front of it is over.
  private boolean begins(Page page) {
    if (page.number() == 1) {
      if (Arrays.equals(page.previous(), Page.none()) && page.previousAtMillis() == 0) {
        return true;
      }
      problems.add(at(page) + "is the first one and names one in front of it");
      return false;
    }
    notes.add(
        "chain %s begins with page %d, the one in front is of %s"
            .formatted(page.chain(), page.number(), time(page.previousAtMillis())));
    if (page.previousAtMillis() >= since(page.chain())) {
      problems.add(
          "chain %s: the pages in front of page %d are missing"
              .formatted(page.chain(), page.number()));
    }
    return true;
  }

  /// From when on all of a chain must be there.
  private long since(Chain chain) {
    return Math.max(from, keptFrom.getOrDefault(chain.retention(), 0L));
  }

  private void covered(Page page, byte[] hash, Walk walk) {
    NavigableMap<Long, Checkpoint.Head> signed = heads.get(page.chain());
    Checkpoint.Head head = signed == null ? null : signed.remove(page.number());
    if (head != null) {
      if (!Arrays.equals(head.hash(), hash)) {
        problems.add(at(page) + "was changed: it is not the one that was signed for");
      }
      walk.uncovered = 0;
    } else {
      walk.uncoveredSince = walk.uncovered == 0 ? page.atMillis() : walk.uncoveredSince;
      walk.uncovered++;
    }
  }

  private void checkpoint(Page page, byte[] hash, byte @Nullable [] signature, boolean linked) {
    Retention retention = page.chain().retention();
    VerifyingKey key = null;
    try {
      Checkpoint checkpoint = Checkpoint.decode(page.body());
      VerifyingKey said = ed25519.verifyingKey(checkpoint.key());
      if (signature != null && Checkpoint.verify(said, hash, signature)) {
        key = said;
        keys.add(Base64.getEncoder().encodeToString(checkpoint.key()));
        remember(page, checkpoint);
      } else {
        problems.add(at(page) + "has no valid signature");
      }
    } catch (MalformedPageException e) {
      problems.add(at(page) + "cannot be read: " + e.getMessage());
    } catch (InvalidKeyException e) {
      problems.add(at(page) + "names no key: " + e.getMessage());
    }
    checkpoints
        .computeIfAbsent(retention, _ -> new ArrayList<>())
        .add(new Signed(page.number(), key, linked));
  }

  private void remember(Page page, Checkpoint checkpoint) {
    Chain of = page.chain();
    for (Checkpoint.Head head : checkpoint.heads()) {
      Chain chain = new Chain(of.organization(), of.retention(), head.stream(), head.journal());
      if (walks.containsKey(chain)) {
        problems.add(at(page) + "comes behind pages that it speaks of");
      }
      Checkpoint.Head other =
          heads.computeIfAbsent(chain, _ -> new TreeMap<>()).put(head.number(), head);
      if (other != null && !Arrays.equals(other.hash(), head.hash())) {
        problems.add(at(page) + "contradicts an earlier one about " + chain);
      }
    }
  }

  public Result finish() {
    notes.add(
        from == 0
            ? "exported at " + time(exportedAt)
            : "exported at %s, what was written since %s".formatted(time(exportedAt), time(from)));
    heads.forEach(this::missing);
    checkpoints.forEach(this::trusted);
    long chains = 0;
    long signed = 0;
    Set<Retention> trails = new HashSet<>();
    for (Map.Entry<Chain, Walk> entry : walks.entrySet()) {
      Chain chain = entry.getKey();
      Walk walk = entry.getValue();
      trails.add(chain.retention());
      if (chain.stream() == Chain.Stream.CHECKPOINTS) {
        signed += walk.number - walk.first + 1;
        continue;
      }
      chains++;
      if (walk.uncovered > 0) {
        uncovered(chain, walk);
      }
    }
    if (signed == 0) {
      notes.add("there is no checkpoint in it: nothing is signed for");
    }
    for (Retention trail : trails) {
      if (!pinned.isEmpty() && !checkpoints.containsKey(trail)) {
        problems.add(
            "nothing of what is kept for %s is signed for: verify what is exported after audit.sign-interval"
                .formatted(trail.label()));
      }
      if (!keptFrom.containsKey(trail)) {
        problems.add("the file does not say since when it has what is kept for " + trail.label());
      }
    }
    if (pinned.isEmpty() && !keys.isEmpty()) {
      notes.add("the keys are those of the file: compare them with the gateway's, or say --key");
    }
    return new Result(
        List.copyOf(problems),
        List.copyOf(notes),
        Set.copyOf(keys),
        chains,
        pages,
        entries,
        signed);
  }

  /// Heads that were signed and whose pages did not come.
  private void missing(Chain chain, NavigableMap<Long, Checkpoint.Head> left) {
    long since = since(chain);
    Walk walk = walks.get(chain);
    long last = 0;
    for (Checkpoint.Head head : left.values()) {
      boolean before = walk == null ? head.atMillis() < since : head.number() < walk.first;
      if (!before || head.atMillis() >= since) {
        last = Math.max(last, head.number());
      }
    }
    if (last > 0) {
      problems.add(
          walk == null
              ? "chain %s is missing: %d pages were signed for".formatted(chain, last)
              : last > walk.number
                  ? "chain %s ends with page %d: it was signed for up to page %d"
                      .formatted(chain, walk.number, last)
                  : "chain %s: page %d was signed for and is missing".formatted(chain, last));
    }
  }

  private void uncovered(Chain chain, Walk walk) {
    String what =
        "chain %s: its last %d pages, since %s, are not signed for"
            .formatted(chain, walk.uncovered, time(walk.uncoveredSince));
    if (walk.uncoveredSince < exportedAt - SIGNED_WITHIN.toMillis()) {
      problems.add(what + " though they are old enough");
    } else {
      notes.add(what + " yet");
    }
  }

  /// With pinned keys, a checkpoint counts that one of them signed, and all that it follows on.
  private void trusted(Retention retention, List<Signed> signed) {
    if (pinned.isEmpty()) {
      return;
    }
    boolean trusted = false;
    long refused = 0;
    for (Signed checkpoint : signed.reversed()) {
      VerifyingKey key = checkpoint.key;
      trusted |= key != null && pinned.contains(key);
      if (!trusted) {
        refused = checkpoint.number;
      }
      trusted &= checkpoint.linked;
    }
    if (refused > 0) {
      problems.add(
          "checkpoints %s: number %d and later ones are not signed with a key that you trust"
              .formatted(Chain.checkpoints(organization, retention), refused));
    }
  }

  private static String at(Page page) {
    return "chain " + page.chain() + ": page " + page.number() + " ";
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }
}
