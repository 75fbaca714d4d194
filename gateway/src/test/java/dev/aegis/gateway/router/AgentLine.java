package dev.aegis.gateway.router;

import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.RecordOpener;
import dev.aegis.crypto.SigningKey;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Login;
import dev.aegis.gateway.session.RecordOutbox;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SocketConnection;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.Envelope;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.FlightReader;
import dev.aegis.protocol.Message;
import dev.aegis.protocol.WindowSigner;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/// One agent's end of a connection to a router.
final class AgentLine {
  static final byte[] HASH = new byte[32];

  private static final Primitives CRYPTO = Primitives.portable();
  private static final byte[] TOKEN = new byte[32];

  final EmbeddedChannel channel = new EmbeddedChannel();
  final Session session;
  private final Router router;
  private final RecordOpener opener = CRYPTO.recordOpener(new byte[32], new byte[12]);
  private final WindowSigner signer;

  AgentLine(Router router, String agent, boolean signing, long epoch, long nowMillis) {
    this(router, agent, "org", signing, epoch, nowMillis);
  }

  AgentLine(
      Router router,
      String agent,
      String organization,
      boolean signing,
      long epoch,
      long nowMillis) {
    this.router = router;
    SigningKey key = CRYPTO.ed25519().generate(new SecureRandom());
    this.signer = new WindowSigner(key, HASH);
    this.session =
        new Session(
            new Login(agent, key.verifyingKey(), 0, 0, 0),
            new AgentAdmission(organization, signing),
            HASH,
            TOKEN,
            epoch,
            new SocketConnection(channel),
            new RecordOutbox(
                channel,
                CRYPTO.recordSealer(new byte[32], new byte[12]),
                4_096,
                16 << 20,
                new LongAdder()),
            nowMillis);
  }

  void send(Envelope... envelopes) {
    ByteArrayOutputStream flight = new ByteArrayOutputStream();
    for (Envelope envelope : envelopes) {
      byte[] bytes = EnvelopeCodec.encode(envelope);
      if (envelope instanceof Message) {
        signer.add(bytes, 0, bytes.length);
      }
      flight.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
      flight.writeBytes(bytes);
    }
    router.flight(session, flight.toByteArray(), 0, flight.size());
  }

  Control.WindowSignature sign() {
    return signer.sign();
  }

  /// The envelopes of the next record.
  List<Envelope> record() throws Exception {
    channel.runPendingTasks();
    List<Envelope> envelopes = new ArrayList<>();
    if (channel.readOutbound() instanceof BinaryWebSocketFrame frame) {
      byte[] record = new byte[frame.content().readableBytes()];
      frame.content().readBytes(record);
      frame.release();
      int length = opener.open(record, 0, record.length);
      FlightReader reader = new FlightReader(record, 0, length);
      while (reader.next()) {
        envelopes.add(EnvelopeCodec.decode(record, reader.offset(), reader.length()));
      }
    }
    return envelopes;
  }

  /// Everything that has arrived.
  List<Envelope> received() throws Exception {
    List<Envelope> all = new ArrayList<>();
    for (List<Envelope> some = record(); !some.isEmpty(); some = record()) {
      all.addAll(some);
    }
    return all;
  }

  int closeCode() {
    channel.runPendingTasks();
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      if (out instanceof CloseWebSocketFrame close) {
        int code = close.statusCode();
        close.release();
        return code;
      }
      ((BinaryWebSocketFrame) out).release();
    }
    return 0;
  }
}
