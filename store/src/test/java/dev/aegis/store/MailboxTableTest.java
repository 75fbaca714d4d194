package dev.aegis.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class MailboxTableTest {
  @Test
  void aMailboxNeverUsedHasNoDepth() {
    assertThat(new MailboxTable().depth("nobody")).isEqualTo(Mailboxes.Depth.NONE);
  }

  @Test
  void keepsPositionAndDepthByRecipient() {
    MailboxTable table = new MailboxTable();
    MailboxState bob = table.of("bob", 7);
    assertThat(table.of("bob", 99)).isSameAs(bob);
    bob.opened(bob.take(), 10);
    bob.opened(bob.take(), 20);
    table.of("carol", 8).opened(1, 5);
    assertThat(table.depth("bob")).isEqualTo(new Mailboxes.Depth(7, 3, 2, 30));
    assertThat(table.depth("carol").bytes()).isEqualTo(5);
    table.restore("dave", 3, 44);
    assertThat(table.depth("dave")).isEqualTo(new Mailboxes.Depth(3, 44, 0, 0));
  }

  @Test
  void givesTheSameNumberToTheSameAgent() {
    MailboxTable table = new MailboxTable();
    assertThat(table.ordinal("a")).isEqualTo(table.ordinal("a")).isNotEqualTo(table.ordinal("b"));
  }

  @Test
  void givesRefusedPositionsBack() {
    MailboxState mailbox = new MailboxState(1, 1);
    assertThat(mailbox.take()).isEqualTo(1);
    assertThat(mailbox.take()).isEqualTo(2);
    mailbox.giveBack(2);
    assertThat(mailbox.take()).isEqualTo(2);
    mailbox.passed(9);
    assertThat(mailbox.take()).isEqualTo(10);
  }

  @Test
  void cannotGrowAtItsOldEnd() {
    MailboxState mailbox = new MailboxState(1, 1);
    mailbox.opened(5, 1);
    assertThatThrownBy(() -> mailbox.opened(4, 1)).isInstanceOf(IllegalStateException.class);
  }

  /// Against a plain map, with gaps, ends in any order and a window that moves and grows.
  @Test
  void doesWhatAPlainMapDoes() {
    Random random = new Random(11);
    MailboxState mailbox = new MailboxState(1, 1);
    TreeMap<Long, Integer> model = new TreeMap<>();
    long next = 1;
    for (int step = 0; step < 50_000; step++) {
      if (random.nextInt(100) < 52) {
        next += random.nextInt(3);
        int size = random.nextInt(1_000);
        mailbox.opened(next, size);
        model.put(next, size);
        next++;
      } else {
        long first = Math.max(1, next - random.nextInt(200));
        long last = first + random.nextInt(4);
        boolean finish = random.nextInt(3) > 0;
        List<Long> seen = new ArrayList<>();
        mailbox.visit(first, last, finish, seen::add);
        assertThat(seen).containsExactlyElementsOf(model.subMap(first, true, last, true).keySet());
        if (finish) {
          model.subMap(first, true, last, true).clear();
        }
      }
      assertThat(mailbox.depth().messages()).isEqualTo(model.size());
    }
    assertThat(mailbox.depth().bytes())
        .isEqualTo(model.values().stream().mapToLong(Integer::longValue).sum());
  }
}
