package dev.aegis.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.client.ProcessedLog.Remembered;
import dev.aegis.crypto.NearTheEnd;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.RecordSealer;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.SessionKeys;
import dev.aegis.protocol.Suite;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
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

  /// Best-effort messages are passed on without waiting for their signature, which costs the
  /// gateway as much as dozens of them: so it comes when a record goes after fifteen milliseconds,
  /// or alone after twenty, with none left out.
  @Test
  void signsBestEffortMessagesAfterMillisecondsAndDurableOnesAtOnce() throws Exception {
    Primitives primitives = Identity.primitives();
    RecordOpener opener = primitives.recordOpener(new byte[32], new byte[12]);
    long[] now = {0};
    Uplink uplink =
        new Uplink(
            channel,
            new SessionKeys(
                primitives.recordSealer(new byte[32], new byte[12]),
                primitives.recordOpener(new byte[32], new byte[12]),
                new byte[32],
                Suite.X25519),
            new Greeting().welcome("alice"),
            Identity.generate(new SecureRandom()),
            () -> now[0],
            () -> {});
    Outgoing outgoing = new Outgoing(new Budget(1_000, 1 << 20));
    Inbox inbox = new Inbox(Remembered.nothing());
    List<Integer> windows = new ArrayList<>();
    int written = 0;
    for (int i = 0; i < 500; i++) {
      outgoing.add(new Item(Messages.bestEffort("note")));
      uplink.flush(outgoing, inbox);
      written += written(opener, windows);
      assertThat(written).as("written at once").isEqualTo(i + 1);
      now[0] += 100_000;
    }
    assertThat(windows).containsExactly(1, 150, 150, 150);
    outgoing.add(new Item(Messages.task("job")));
    uplink.flush(outgoing, inbox);
    assertThat(written(opener, windows)).isEqualTo(1);
    assertThat(windows).containsExactly(1, 150, 150, 150, 50);
    outgoing.add(new Item(Messages.bestEffort("note")));
    uplink.flush(outgoing, inbox);
    assertThat(written(opener, windows)).isEqualTo(1);
    uplink.signOff();
    written(opener, windows);
    assertThat(windows.stream().mapToInt(count -> count).sum()).isEqualTo(502);
    channel.finishAndReleaseAll();
  }

  /// Messages in what was written since, and the counts of the windows that were closed.
  private int written(RecordOpener opener, List<Integer> windows) throws Exception {
    int messages = 0;
    for (BinaryWebSocketFrame frame = channel.readOutbound();
        frame != null;
        frame = channel.readOutbound()) {
      byte[] record = ByteBufUtil.getBytes(frame.content());
      frame.release();
      FlightReader flight = new FlightReader(record, 0, opener.open(record, 0, record.length));
      while (flight.next()) {
        Envelope envelope = EnvelopeCodec.decode(record, flight.offset(), flight.length());
        switch (envelope) {
          case Control.WindowSignature window -> windows.add(window.count());
          case Message _ -> messages++;
          case Control other -> assertThat(other).isNull();
        }
      }
    }
    return messages;
  }

  private void flush(Uplink uplink) {
    uplink.control(new Control.Heartbeat(1, true));
    uplink.flush(new Outgoing(new Budget(1, 1)), new Inbox(Remembered.nothing()));
    channel.runPendingTasks();
    ReferenceCountUtil.release(channel.readOutbound());
  }
}
