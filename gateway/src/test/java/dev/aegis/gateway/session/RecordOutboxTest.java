package dev.aegis.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aegis.crypto.NearTheEnd;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.ProtocolException;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class RecordOutboxTest {
  @Test
  void theSessionEndsWithTheLastRecordOfItsKey() {
    EmbeddedChannel channel = new EmbeddedChannel();
    LongAdder records = new LongAdder();
    RecordOutbox outbox = new RecordOutbox(channel, NearTheEnd.sealer(2), 16, 1 << 20, records);
    record(channel, outbox);
    channel.checkException();
    record(channel, outbox);
    assertThatThrownBy(channel::checkException)
        .isInstanceOfSatisfying(
            ProtocolException.class,
            e -> assertThat(e.closeCode()).isEqualTo(CloseCode.SESSION_LIMIT));
    record(channel, outbox); // as the close does: nothing is sealed, and nothing thrown
    channel.checkException();
    assertThat(records.sum()).isEqualTo(2);
    channel.finishAndReleaseAll();
  }

  private static void record(EmbeddedChannel channel, RecordOutbox outbox) {
    outbox.control(new byte[] {1});
    outbox.flush();
    channel.runPendingTasks();
    ReferenceCountUtil.release(channel.readOutbound());
  }
}
