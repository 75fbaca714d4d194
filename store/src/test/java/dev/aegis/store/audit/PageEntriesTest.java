package dev.aegis.store.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.store.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Pages as they were when they were first released: they lie in databases and in exports.
class PageEntriesTest {
  private static final UUID ID = new UUID(0x0199a3c26f0e7b1aL, 0x9a521f0e3f9f7c11L);
  private static final UUID OTHER = new UUID(1, 2);
  private static final long AT = 1_767_323_045_678L;

  @Test
  void everyKindOfEntry() throws Exception {
    PageEntries page = page();
    Golden.assertWritten("audit-entries", page.body());
    List<AuditEntry> read = PageEntries.decode(Golden.read("audit-entries"));
    assertThat(read.stream().map(AuditEntry::event))
        .containsExactly(
            AuditEvent.ACCEPTED,
            AuditEvent.DELIVERED,
            AuditEvent.PROCESSED,
            AuditEvent.FAILED,
            AuditEvent.ACTION,
            AuditEvent.SESSION_OPENED,
            AuditEvent.LOST);
    assertThat(read).hasSize(page.count());
    assertThat(read.getFirst()).usingRecursiveComparison().isEqualTo(accepted());
    assertThat(read.get(1)).isEqualTo(accepted().step(AuditEvent.DELIVERED, AT + 5, null));
    assertThat(read.get(2)).isEqualTo(accepted().step(AuditEvent.PROCESSED, AT + 9, null));
    assertThat(read.get(3)).isEqualTo(accepted().step(AuditEvent.FAILED, AT - 70_000, "no"));
    assertThat(read.get(4))
        .isEqualTo(AuditEntry.action(AT, "api.ops", "agent-revoked", "bob", "wörk=1"));
    assertThat(read.get(5).sequence()).isEqualTo(Long.MAX_VALUE);
    assertThat(page.firstAtMillis()).isEqualTo(AT - 70_000);
    assertThat(page.lastAtMillis()).isEqualTo(AT + 9);
  }

  @Test
  void aPageIsHashedWithItsPlace() throws Exception {
    byte[] body = page().body();
    Chain chain = new Chain("default", Retention.DAYS_90, Chain.Stream.MESSAGES, 17);
    Page page = new Page(chain, 1, AT, 0, Page.none(), body);
    Golden.assertWritten("audit-page-hash", page.hash());
    byte[] other = Page.none();
    other[31] = 1;
    assertThat(
            List.of(
                new Page(
                    new Chain("defaul", Retention.DAYS_90, Chain.Stream.MESSAGES, 17),
                    1,
                    AT,
                    0,
                    Page.none(),
                    body),
                new Page(
                    new Chain("default", Retention.DAYS_30, Chain.Stream.MESSAGES, 17),
                    1,
                    AT,
                    0,
                    Page.none(),
                    body),
                new Page(
                    new Chain("default", Retention.DAYS_90, Chain.Stream.EVENTS, 17),
                    1,
                    AT,
                    0,
                    Page.none(),
                    body),
                new Page(
                    new Chain("default", Retention.DAYS_90, Chain.Stream.MESSAGES, 18),
                    1,
                    AT,
                    0,
                    Page.none(),
                    body),
                new Page(chain, 2, AT, 0, Page.none(), body),
                new Page(chain, 1, AT + 1, 0, Page.none(), body),
                new Page(chain, 1, AT, 0, other, body),
                new Page(chain, 1, AT, 1, Page.none(), body),
                new Page(chain, 1, AT, 0, Page.none(), Arrays.copyOf(body, body.length - 1))))
        .allSatisfy(changed -> assertThat(changed.hash()).isNotEqualTo(page.hash()));
  }

  @Test
  void aCheckpoint() throws Exception {
    byte[] key = new byte[32];
    key[0] = 7;
    byte[] hash = new byte[32];
    hash[5] = 9;
    Checkpoint checkpoint =
        new Checkpoint(
            key,
            List.of(
                new Checkpoint.Head(Chain.Stream.MESSAGES, 17, 3, AT, hash),
                new Checkpoint.Head(Chain.Stream.EVENTS, 17, 1, AT + 1, hash)));
    Golden.assertWritten("audit-checkpoint", checkpoint.body());
    assertThat(Checkpoint.decode(Golden.read("audit-checkpoint")))
        .usingRecursiveComparison()
        .isEqualTo(checkpoint);
  }

  @Test
  void aCheckpointOfEveryStream() throws Exception {
    byte[] hash = new byte[32];
    hash[5] = 9;
    Checkpoint checkpoint =
        new Checkpoint(
            new byte[32],
            List.of(
                new Checkpoint.Head(Chain.Stream.MESSAGES, 17, 3, AT, hash),
                new Checkpoint.Head(Chain.Stream.BEST_EFFORT, 17, 1, AT, hash)));
    Golden.assertWritten("audit-checkpoint-best-effort", checkpoint.body());
    byte[] body = Golden.read("audit-checkpoint-best-effort");
    assertThat(Checkpoint.decode(body)).usingRecursiveComparison().isEqualTo(checkpoint);
    int stream = body.length - 57;
    assertThat(body[stream]).isEqualTo((byte) 3);
    for (int none : new int[] {0, 4}) {
      body[stream] = (byte) none;
      assertThatThrownBy(() -> Checkpoint.decode(body))
          .isInstanceOf(MalformedPageException.class)
          .hasMessageContaining("stream");
    }
    for (Chain.Stream each : Chain.Stream.values()) {
      assertThat(Chain.Stream.ofLabel(each.label())).isSameAs(each);
    }
    assertThat(Chain.Stream.BEST_EFFORT.label()).isEqualTo("best-effort");
  }

  @Test
  void bytesThatNoGatewayWroteAreRefused() {
    byte[] body = page().body();
    for (int length = 0; length < body.length; length++) {
      byte[] cut = Arrays.copyOf(body, length);
      assertThatThrownBy(() -> PageEntries.decode(cut)).isInstanceOf(MalformedPageException.class);
    }
    assertThatThrownBy(() -> PageEntries.decode(Arrays.copyOf(body, body.length + 1)))
        .isInstanceOf(MalformedPageException.class);
    byte[] later = body.clone();
    later[0]++;
    assertThatThrownBy(() -> PageEntries.decode(later))
        .isInstanceOf(MalformedPageException.class)
        .hasMessageContaining("version");
  }

  @Test
  void aFilterNeverDeniesWhatIsInItAndSeldomSaysMore() {
    PageEntries page = new PageEntries();
    for (int i = 0; i < 1_000; i++) {
      page.add(
          new AuditEntry(
              AuditEvent.ACCEPTED,
              AT,
              new UUID(i, i),
              "s" + i,
              "r",
              "t",
              null,
              null,
              null,
              1,
              1,
              1,
              1,
              null));
    }
    byte[] filter = page.keys();
    int wrong = 0;
    for (int i = 0; i < 1_000; i++) {
      assertThat(KeyFilter.mayHold(filter, new UUID(i, i))).isTrue();
      assertThat(KeyFilter.mayHold(filter, "s" + i)).isTrue();
      wrong += KeyFilter.mayHold(filter, new UUID(i, 5_000 + i)) ? 1 : 0;
      wrong += KeyFilter.mayHold(filter, "x" + i) ? 1 : 0;
    }
    assertThat(wrong).isLessThan(120);
  }

  private static AuditEntry accepted() {
    byte[] digest = new byte[32];
    digest[31] = 1;
    return new AuditEntry(
        AuditEvent.ACCEPTED,
        AT,
        ID,
        "alice",
        "bob",
        "note",
        null,
        OTHER,
        ID,
        2,
        300,
        1_000,
        2,
        digest);
  }

  private static PageEntries page() {
    PageEntries page = new PageEntries();
    page.add(accepted(), AT + 5, AT + 9);
    page.add(accepted().step(AuditEvent.FAILED, AT - 70_000, "no"));
    page.add(AuditEntry.action(AT, "api.ops", "agent-revoked", "bob", "wörk=1"));
    page.add(AuditEntry.session(AuditEvent.SESSION_OPENED, AT, "alice", Long.MAX_VALUE, null));
    page.add(AuditEntry.lost(AT, 12));
    return page;
  }
}
