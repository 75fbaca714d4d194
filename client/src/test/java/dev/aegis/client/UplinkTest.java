package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.crypto.NearTheEnd;
import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.Suite;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UplinkTest {
  private final List<Object> events = new ArrayList<>();
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
              events.add(event);
            }
          });

  @Test
  void endsASessionWhoseRecordNumbersAreNearlyUsedUp() {
    RecordSealer sealer = NearTheEnd.sealer(Uplink.LAST_RECORDS + 1);
    Uplink uplink =
        new Uplink(
            channel,
            new SessionKeys(
                sealer,
                Identity.primitives().recordOpener(new byte[32], new byte[12]),
                new byte[32],
                Suite.X25519),
            new Greeting().welcome("alice"),
            Identity.generate(new SecureRandom()),
            System::nanoTime,
            () -> {});
    flush(uplink);
    assertThat(sealer.remaining()).isEqualTo(Uplink.LAST_RECORDS);
    assertThat(events).isEmpty();
    flush(uplink);
    assertThat(sealer.remaining()).isEqualTo(Uplink.LAST_RECORDS);
    assertThat(events).containsExactly(new LinkEnd.Closed(CloseCode.SESSION_LIMIT));
    channel.finishAndReleaseAll();
  }

  private void flush(Uplink uplink) {
    uplink.control(new Control.Heartbeat(1, true));
    uplink.flush(new Outgoing(new Budget(1, 1)), new Inbox(Remembered.nothing()));
    channel.runPendingTasks();
    ReferenceCountUtil.release(channel.readOutbound());
  }
}
