package dev.aegis.bench.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StagesTest {
  @Test
  void whatALibraryDoesCountsForWhoAskedForIt() {
    assertThat(
            Stages.of(
                List.of(
                    "org.conscrypt.NativeCrypto.EVP_AEAD_CTX_seal",
                    "javax.crypto.Cipher.doFinal",
                    "dev.aegis.crypto.RecordCipher.next",
                    "dev.aegis.protocol.FlightWriter.seal",
                    "dev.aegis.gateway.session.Outbox.flush")))
        .isEqualTo("record seal and open");
    assertThat(
            Stages.of(
                List.of(
                    "com.amazon.corretto.crypto.provider.EvpSignatureRaw.verifyRaw",
                    "java.security.Signature.verify",
                    "dev.aegis.crypto.KeyedSignature.verify",
                    "dev.aegis.crypto.VerifyingKey.verify",
                    "dev.aegis.protocol.WindowVerifier.verify")))
        .isEqualTo("signatures");
    assertThat(
            Stages.of(
                List.of(
                    "io.netty.buffer.AbstractByteBuf.ensureAccessible",
                    "io.netty.handler.codec.http.websocketx.WebSocket08FrameDecoder.unmask",
                    "io.netty.channel.AbstractChannelHandlerContext.fireChannelRead")))
        .isEqualTo("WebSocket");
    assertThat(
            Stages.of(
                List.of("java.util.HashMap.put", "dev.aegis.store.Projector.write", "x.Y.run")))
        .isEqualTo("projections");
  }

  @Test
  void whatNobodyKnowsIsOther() {
    assertThat(Stages.of(List.of("java.lang.Thread.run"))).isEqualTo("other");
    assertThat(Stages.of(List.of())).isEqualTo("other");
  }
}
