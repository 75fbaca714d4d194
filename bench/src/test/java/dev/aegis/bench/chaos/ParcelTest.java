package dev.aegis.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.IncomingMessage;
import dev.aegis.client.OutgoingMessage;
import dev.aegis.protocol.Guarantee;
import dev.aegis.protocol.Kind;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.Priority;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ParcelTest {
  private static final List<String> RECIPIENTS = List.of("a", "b", "c");

  @Test
  void theSameIdIsTheSameMessage() {
    OutgoingMessage first = parcel(5).message(RECIPIENTS);
    OutgoingMessage again = parcel(5).message(RECIPIENTS);
    assertThat(again.payload()).isEqualTo(first.payload());
    assertThat(again.to()).isEqualTo(first.to());
    assertThat(again.priority()).isEqualTo(first.priority());
  }

  @Test
  void idsGiveAllRecipientsPrioritiesAndSizes() {
    Set<String> to = new HashSet<>();
    Set<Priority> priorities = EnumSet.noneOf(Priority.class);
    int smallest = Integer.MAX_VALUE;
    int largest = 0;
    for (int i = 0; i < 2_000; i++) {
      OutgoingMessage message = parcel(i).message(RECIPIENTS);
      to.add(message.to());
      priorities.add(message.priority());
      smallest = Math.min(smallest, message.payload().length);
      largest = Math.max(largest, message.payload().length);
    }
    assertThat(to).containsExactlyInAnyOrderElementsOf(RECIPIENTS);
    assertThat(priorities).isEqualTo(EnumSet.allOf(Priority.class));
    assertThat(smallest).isLessThan(16);
    assertThat(largest).isGreaterThan(64 << 10);
  }

  @Test
  void tellsWhatWasSentFromWhatWasNot() {
    OutgoingMessage sent = parcel(9).message(RECIPIENTS);
    assertThat(Parcel.isIntact(arrived(sent, sent.payload()), RECIPIENTS, sent.to())).isTrue();

    byte[] flipped = sent.payload().clone();
    flipped[flipped.length / 2] ^= 1;
    assertThat(Parcel.isIntact(arrived(sent, flipped), RECIPIENTS, sent.to())).isFalse();
    assertThat(Parcel.isIntact(arrived(sent, new byte[0]), RECIPIENTS, sent.to())).isFalse();
    assertThat(Parcel.isIntact(arrived(sent, sent.payload()), RECIPIENTS, "elsewhere")).isFalse();
    OutgoingMessage other = parcel(10).message(RECIPIENTS);
    assertThat(Parcel.isIntact(arrived(sent, other.payload()), RECIPIENTS, sent.to())).isFalse();
  }

  private static Parcel parcel(long id) {
    return new Parcel(new UUID(0x7000L, id * 0x9E3779B97F4A7C15L), Guarantee.EXACTLY_ONCE);
  }

  private static IncomingMessage arrived(OutgoingMessage sent, byte[] payload) {
    Message message =
        Message.builder(Kind.EVENT, parcel(9).id(), "from", sent.to(), sent.type())
            .priority(sent.priority())
            .guarantee(sent.guarantee())
            .payload(payload)
            .build();
    return new IncomingMessage(message, 1, 0, 1, 1);
  }
}
