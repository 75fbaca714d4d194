package dev.aegis.store;

import static dev.aegis.store.MessageStatus.DEAD;
import static dev.aegis.store.MessageStatus.DELIVERED;
import static dev.aegis.store.MessageStatus.PENDING;
import static dev.aegis.store.MessageStatus.PROCESSED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.MerkleTree;
import dev.aegis.store.audit.AuditEntry;
import dev.aegis.store.audit.Retention;
import dev.aegis.store.audit.TrailVerifier;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The pages and chains of the trail in the database: what is in them after whatever happened.
final class AuditTrailIT {
  private OpenTrail trail = new OpenTrail();

  @AfterEach
  void close() {
    trail.close();
  }

  @Test
  void everyStepOfAMessageIsThereOnceWhicheverBatchItFallsInto() {
    Accept plain = trail.open.commit(OpenJournal.message("alice", "bob", "a").build());
    trail.open.progress(plain, DELIVERED, null, 2_000);
    trail.open.progress(plain, PROCESSED, null, 3_000);
    Accept failing = trail.open.commit(OpenJournal.message("alice", "bob", "b").build());
    trail.open.progress(failing, DELIVERED, null, 2_000);
    trail.open.journal.awaitProjected(); // the steps behind this fall into another batch than it
    trail.open.progress(failing, PENDING, "no", 2_500);
    trail.open.progress(failing, DELIVERED, null, 2_600);
    trail.open.progress(failing, DEAD, "no", 2_700);
    trail.open.journal.awaitProjected();
    trail.open.commit(
        new Discard(failing.recipient(), failing.mailboxEpoch(), failing.sequence(), 2_800, null));
    trail.open.journal.awaitProjected();

    assertThat(trail.story(plain.id()))
        .containsExactly("1000 accepted", "2000 delivered", "3000 processed");
    assertThat(trail.story(failing.id()))
        .containsExactly(
            "1000 accepted",
            "2000 delivered",
            "2500 retried no",
            "2600 delivered",
            "2700 dead no",
            "2800 discarded discarded");
    AuditEntry accepted = trail.entries(OpenTrail.query().message(plain.id())).getFirst();
    assertThat(accepted.sender()).isEqualTo("alice");
    assertThat(accepted.recipient()).isEqualTo("bob");
    assertThat(accepted.type()).isEqualTo("note");
    assertThat(accepted.digest())
        .isEqualTo(MerkleTree.leafHash(plain.envelope(), 0, plain.envelope().length));
    trail.sign();
    trail.verify("@gateway", 0);
  }

  /// A gateway that is gone in the middle of everything, again and again.
  @Test
  void afterCrashesNothingIsMissingAndNothingIsThereTwice() throws SQLException {
    List<Accept> finished = new ArrayList<>();
    for (int life = 0; life < 4; life++) {
      List<Accept> accepts = messages(200);
      trail.open.commitAll(accepts);
      trail.open.commitAll(progress(accepts, DELIVERED, 2_000));
      trail.open.commitAll(progress(accepts, PROCESSED, 3_000));
      finished.addAll(accepts);
      List<Accept> cut = messages(200);
      cut.forEach(trail.open.journal::offer);
      trail.open.journal.abandon(); // some of these are on disk, and nobody knows which
      trail.open.database.close();
      trail.open = new OpenJournal(trail.open.settings, OpenJournal.bounds());
    }
    trail.open.journal.awaitProjected();

    for (Accept accept : finished) {
      assertThat(trail.story(accept.id()))
          .containsExactly("1000 accepted", "2000 delivered", "3000 processed");
    }
    List<UUID> accepted = trail.ids(OpenTrail.query());
    assertThat(accepted).doesNotHaveDuplicates();
    assertThat(accepted).containsAll(finished.stream().map(Accept::id).toList());
    assertThat(trail.open.number("SELECT count(*) FROM message_queue")).isEqualTo(accepted.size());
    trail.sign();
    TrailVerifier.Result result = trail.verify("@gateway", 0);
    assertThat(result.notes()).noneSatisfy(n -> assertThat(n).contains("not signed for"));
    assertThat(result.entries()).isEqualTo(accepted.size() + 2L * finished.size());
  }

  private static List<Accept> messages(int count) {
    List<Accept> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(OpenJournal.message("alice", "bob" + i % 3, "n" + i).build());
    }
    return messages;
  }

  private static List<Progress> progress(
      List<Accept> accepts, MessageStatus status, long atMillis) {
    return accepts.stream()
        .map(accept ->
            Progress.of(
                accept.recipient(),
                accept.mailboxEpoch(),
                accept.sequence(),
                status,
                null,
                atMillis,
                null))
        .toList();
  }

  @Test
  void eachOrganizationHasATrailOfItsOwnAndAMessageBetweenTwoIsInBoth() throws SQLException {
    trail.agents("left", "a1", "a2");
    trail.agents("right", "b1");
    Accept within = trail.open.commit(OpenJournal.message("a1", "a2", "x").build());
    Accept between = trail.open.commit(OpenJournal.message("a1", "b1", "y").build());
    trail.open.journal.awaitProjected();
    trail.open.progress(between, DELIVERED, null, 2_000);
    trail.open.journal.awaitProjected();

    assertThat(trail.ids(OpenTrail.query().of("left")))
        .containsExactlyInAnyOrder(within.id(), between.id());
    assertThat(trail.ids(OpenTrail.query().of("right"))).containsExactly(between.id());
    assertThat(trail.entries(OpenTrail.query().of("left").message(between.id()))).hasSize(2);
    assertThat(trail.entries(OpenTrail.query().of("right").message(between.id()))).hasSize(2);
    trail.sign();
    trail.verify("left", 0);
    trail.verify("right", 0);
  }

  @Test
  void whatIsChangedInTheDatabaseIsFoundInAnExport() throws SQLException {
    for (int i = 0; i < 3; i++) {
      trail.open.commit(OpenJournal.message("alice", "bob", "n" + i).build());
      trail.open.journal.awaitProjected();
    }
    TrailSigner signer =
        new TrailSigner(trail.open.database, OpenTrail.KEY, InstantSource.system());
    signer.sign();
    trail.verify("@gateway", 0);
    trail.execute("UPDATE audit_pages SET body = body || '\\x00' WHERE stream = 1 AND number = 2");
    assertThat(trail.check("@gateway", 0).problems()).isNotEmpty();
    trail.execute("DELETE FROM audit_pages WHERE stream = 1 AND number = 2");
    assertThat(trail.check("@gateway", 0).problems())
        .anySatisfy(p -> assertThat(p).contains("pages 2 to 2 are missing"));
    trail.execute("DELETE FROM audit_pages WHERE stream = 1");
    assertThat(trail.check("@gateway", 0).problems())
        .anySatisfy(p -> assertThat(p).contains("is missing: 3 pages were signed for"));

    trail.execute("DELETE FROM audit_pages WHERE stream = 0");
    trail.execute("DELETE FROM audit_chains WHERE stream = 0");
    trail.open.commit(OpenJournal.message("alice", "bob", "more").build());
    trail.open.journal.awaitProjected();
    signer.sign();
    assertThat(trail.open.number("SELECT number FROM audit_pages WHERE stream = 0"))
        .as("the signer remembers what it signed, and leaves the gap to be seen")
        .isEqualTo(2);
  }

  @Test
  void messagesAreNotInTheTrailWhereThatIsTurnedOff() {
    close();
    trail =
        new OpenTrail(
            OpenJournal.bounds()
                .withTrail(
                    new TrailSettings(false, false, Retention.FOREVER, Duration.ofMinutes(1))));
    Accept accept = trail.open.commit(OpenJournal.message("alice", "bob", "a").build());
    trail.open.progress(accept, DELIVERED, null, 2_000);
    trail.open.journal.awaitProjected();
    assertThat(trail.story(accept.id())).isEmpty();
  }
}
