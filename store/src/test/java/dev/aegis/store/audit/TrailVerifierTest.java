package dev.aegis.store.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.Ed25519;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Whatever is done to an export between the gateway and whoever verifies it.
class TrailVerifierTest {
  private static final Ed25519 ED25519 = Primitives.select().ed25519();
  private static final SigningKey KEY = ED25519.generate(new SecureRandom());
  private static final SigningKey NEXT_KEY = ED25519.generate(new SecureRandom());
  private static final long NOW = 1_767_323_045_678L;
  private static final Chain MESSAGES =
      new Chain("org", Retention.DAYS_90, Chain.Stream.MESSAGES, 4);
  private static final Chain EVENTS = new Chain("org", Retention.DAYS_90, Chain.Stream.EVENTS, 4);

  private record Signed(Page page, byte[] signature) {}

  private final List<Signed> checkpoints = new ArrayList<>();
  private final List<Page> messages = chain(MESSAGES, 5);
  private final List<Page> events = chain(EVENTS, 2);

  TrailVerifierTest() {
    checkpoint(KEY, messages.get(1));
    checkpoint(KEY, messages.get(3), events.get(1));
  }

  private static List<Page> chain(Chain chain, int count) {
    List<Page> pages = new ArrayList<>();
    byte[] previous = Page.none();
    long previousAt = 0;
    for (int i = 1; i <= count; i++) {
      PageEntries entries = new PageEntries();
      entries.add(AuditEntry.action(NOW - 100 + i, "admin", "did", "it " + i, null));
      Page page = new Page(chain, i, NOW - 100 + i, previousAt, previous, entries.body());
      previous = page.hash();
      previousAt = page.atMillis();
      pages.add(page);
    }
    return pages;
  }

  private void checkpoint(SigningKey key, Page... heads) {
    List<Checkpoint.Head> said = new ArrayList<>();
    for (Page head : heads) {
      said.add(
          new Checkpoint.Head(
              head.chain().stream(),
              head.chain().journal(),
              head.number(),
              head.atMillis(),
              head.hash()));
    }
    Page page =
        new Page(
            Chain.checkpoints("org", Retention.DAYS_90),
            checkpoints.size() + 1,
            NOW - 50 + checkpoints.size(),
            checkpoints.isEmpty() ? 0 : checkpoints.getLast().page.atMillis(),
            checkpoints.isEmpty() ? Page.none() : checkpoints.getLast().page.hash(),
            new Checkpoint(key.verifyingKey().bytes(), said).body());
    checkpoints.add(new Signed(page, Checkpoint.sign(key, page.hash())));
  }

  private TrailVerifier.Result verify(VerifyingKey... pinned) {
    return verify(0, Retention.DAYS_90.keptFrom(NOW), pinned);
  }

  private TrailVerifier.Result verify(long from, long kept, VerifyingKey... pinned) {
    TrailVerifier verifier = new TrailVerifier(ED25519, Set.of(pinned), "org", NOW, from);
    verifier.kept(Retention.DAYS_90, kept);
    checkpoints.forEach(signed -> verifier.page(signed.page, signed.signature));
    messages.forEach(page -> verifier.page(page, null));
    events.forEach(page -> verifier.page(page, null));
    return verifier.finish();
  }

  @Test
  void whatNobodyTouchedIsWhole() {
    TrailVerifier.Result result = verify(KEY.verifyingKey());
    assertThat(result.problems()).isEmpty();
    assertThat(result.entries()).isEqualTo(7);
    assertThat(result.notes())
        .hasSize(2)
        .anySatisfy(n -> assertThat(n).startsWith("exported at "))
        .anySatisfy(n -> assertThat(n).contains("its last 1 pages"));
    assertThat(result.keys()).containsExactly(KEY.verifyingKey().toString());
  }

  @Test
  void aChangedEntryIsFoundOnItsPage() {
    PageEntries forged = new PageEntries();
    forged.add(AuditEntry.action(NOW - 98, "admin", "did", "it not", null));
    Page page = messages.get(1);
    messages.set(
        1,
        new Page(
            page.chain(),
            page.number(),
            page.atMillis(),
            page.previousAtMillis(),
            page.previous(),
            forged.body()));
    assertThat(verify().problems())
        .anySatisfy(p -> assertThat(p).contains("page 2 was changed: it is not the one"))
        .anySatisfy(p -> assertThat(p).contains("page 2 or page 3 was changed"));
  }

  /// Whoever writes to the database can make a new chain, and cannot sign for it.
  @Test
  void aChainThatWasMadeAnewFromItsMiddleIsFound() {
    PageEntries forged = new PageEntries();
    forged.add(AuditEntry.action(NOW - 97, "admin", "did", "it not", null));
    byte[] previous = messages.get(1).hash();
    for (int i = 2; i < messages.size(); i++) {
      Page old = messages.get(i);
      Page page =
          new Page(
              MESSAGES,
              old.number(),
              old.atMillis(),
              old.previousAtMillis(),
              previous,
              i == 2 ? forged.body() : old.body());
      previous = page.hash();
      messages.set(i, page);
    }
    assertThat(verify().problems())
        .singleElement()
        .asString()
        .contains("page 4 was changed: it is not the one that was signed for");
  }

  @Test
  void anEntryInTheUnsignedTailIsHeldByNothing() {
    messages.removeLast();
    assertThat(verify().problems()).isEmpty();
  }

  @Test
  void aPageThatWasTakenOutIsMissing() {
    messages.remove(2);
    assertThat(verify().problems()).singleElement().asString().contains("pages 3 to 3 are missing");
  }

  @Test
  void aTailThatWasSignedForIsMissing() {
    messages.removeLast();
    messages.removeLast();
    assertThat(verify().problems())
        .singleElement()
        .asString()
        .contains("ends with page 3: it was signed for up to page 4");
  }

  @Test
  void aChainThatWasTakenOutIsMissing() {
    events.clear();
    assertThat(verify().problems()).singleElement().asString().contains("2 pages were signed for");
  }

  @Test
  void pagesInAnotherOrderAreFound() {
    Collections.swap(messages, 1, 2);
    assertThat(verify().problems()).anySatisfy(p -> assertThat(p).contains("comes behind page 3"));
  }

  @Test
  void aBeginningThatWasCutOffIsMissing() {
    messages.removeFirst();
    checkpoints.removeFirst();
    assertThat(verify().problems())
        .anySatisfy(p -> assertThat(p).contains("messages/4: the pages in front of page 2 are"))
        .anySatisfy(p -> assertThat(p).contains("checkpoints/0: the pages in front of page 2 are"))
        .hasSize(2);
  }

  @Test
  void aCheckpointInTheMiddleIsMissed() {
    checkpoint(KEY, messages.get(4));
    checkpoints.remove(1);
    assertThat(verify().problems())
        .anySatisfy(p -> assertThat(p).contains("checkpoints/0: pages 2 to 2 are missing"));
  }

  @Test
  void aSignatureOfAnotherKeyIsNone() {
    Signed last = checkpoints.getLast();
    checkpoints.set(1, new Signed(last.page, Checkpoint.sign(NEXT_KEY, last.page.hash())));
    assertThat(verify().problems())
        .anySatisfy(p -> assertThat(p).contains("page 2 has no valid signature"));
  }

  /// All of it made anew, with a key of one's own.
  @Test
  void aKeyThatIsNotPinnedIsNotTrusted() {
    assertThat(verify(NEXT_KEY.verifyingKey()).problems())
        .singleElement()
        .asString()
        .contains("number 1 and later ones are not signed with a key that you trust");
  }

  @Test
  void whatAnOldKeySignedHoldsAfterARotation() {
    checkpoint(NEXT_KEY, messages.get(4));
    assertThat(verify(NEXT_KEY.verifyingKey()).problems()).isEmpty();
    assertThat(verify(KEY.verifyingKey()).problems())
        .singleElement()
        .asString()
        .contains("number 3 and later ones");
    assertThat(verify(KEY.verifyingKey(), NEXT_KEY.verifyingKey()).problems()).isEmpty();
  }

  @Test
  void aBeginningThatIsOverIsNotMissed() {
    long kept = messages.get(2).atMillis();
    messages.subList(0, 2).clear();
    events.clear(); // they are older
    TrailVerifier.Result result = verify(kept, kept);
    assertThat(result.problems()).isEmpty();
    assertThat(result.notes()).anySatisfy(n -> assertThat(n).contains("begins with page 3"));
  }

  @Test
  void aBeginningCannotBeSaidToBeOverBeforeItsTime() {
    assertThat(verify(0, NOW - 200).problems())
        .singleElement()
        .asString()
        .contains("later than it may");
  }

  @Test
  void whatIsOldAndNotSignedForIsAProblem() {
    checkpoints.clear();
    TrailVerifier verifier =
        new TrailVerifier(ED25519, Set.of(), "org", NOW + Duration.ofHours(3).toMillis(), 0);
    verifier.kept(Retention.DAYS_90, 0);
    messages.forEach(page -> verifier.page(page, null));
    assertThat(verifier.finish().problems())
        .singleElement()
        .asString()
        .contains("though they are old enough");
  }

  @Test
  void aPageOfAnotherOrganizationDoesNotCount() {
    List<Page> other = chain(new Chain("other", Retention.DAYS_90, Chain.Stream.MESSAGES, 4), 1);
    events.addAll(other);
    assertThat(verify().problems())
        .anySatisfy(p -> assertThat(p).contains("is another organization's"));
  }

  /// Invented as a whole, and said to be exported just now.
  @Test
  void whatNobodySignedIsNotTrustedWithAKey() {
    checkpoints.clear();
    assertThat(verify(KEY.verifyingKey()).problems())
        .singleElement()
        .asString()
        .contains("nothing of what is kept for 90 is signed for");
    assertThat(verify().problems()).isEmpty();
    assertThat(verify().notes()).anySatisfy(n -> assertThat(n).contains("nothing is signed for"));
    messages.clear();
    events.clear();
    assertThat(verify(KEY.verifyingKey()).problems()).isEmpty();
    assertThat(verify(KEY.verifyingKey()).notes())
        .anySatisfy(n -> assertThat(n).contains("nothing is signed for"));
  }
}
