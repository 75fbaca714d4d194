package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.ErrorCode;
import dev.aegis.protocol.SequenceRanges;
import dev.aegis.store.MailboxGap;
import dev.aegis.store.MessageStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells one connected agent which sequences it need not wait for, and why. Confined to the
/// session's loop.
final class Gaps {
  private static final Logger LOG = LoggerFactory.getLogger(Gaps.class);
  private static final int PAGE = 1_000;

  private final Peer peer;

  Gaps(Peer peer) {
    this.peer = peer;
  }

  /// What went without the agent, behind its cursor: a page, and the next one if there is more.
  void tellBehind(long epoch, long cursor) {
    RouterContext context = peer.context();
    context
        .reads()
        .read("gaps", () -> context.messages().gaps(peer.agentId(), epoch, cursor, PAGE))
        .whenComplete((gaps, failure) ->
            peer.onLoop(() -> {
              if (failure != null) {
                LOG.debug("the gaps of {} could not be read", peer.agentId(), failure);
              } else if (!gaps.isEmpty() && peer.session().isOpen()) {
                tell(epoch, gaps);
                if (gaps.size() == PAGE) {
                  tellBehind(epoch, gaps.getLast().sequence());
                }
              }
            }));
  }

  private void tell(long epoch, List<MailboxGap> gaps) {
    Map<Integer, List<Long>> byCode = new TreeMap<>();
    for (MailboxGap gap : gaps) {
      byCode.computeIfAbsent(codeOf(gap), _ -> new ArrayList<>()).add(gap.sequence());
    }
    byCode.forEach((code, sequences) ->
        tell(epoch, SequenceRanges.of(sequences.stream().mapToLong(s -> s).toArray()), code));
  }

  private static int codeOf(MailboxGap gap) {
    if (gap.status() == MessageStatus.EXPIRED) {
      return ErrorCode.EXPIRED.wire();
    }
    if (gap.status() == MessageStatus.MOVED) {
      return ErrorCode.MOVED_ON.wire(); // its reason is who has it
    }
    return ErrorCode.fromLabel(gap.reason()).orElse(ErrorCode.DISCARDED).wire();
  }

  void tell(long epoch, SequenceRanges sequences, int code) {
    if (peer.session().isOpen()) {
      peer.control(new Control.Gap(epoch, sequences, code));
    }
  }
}
