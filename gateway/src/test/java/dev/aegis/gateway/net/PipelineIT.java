package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import io.netty.channel.ChannelPipeline;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Which handlers a connection has in each phase of its life.
class PipelineIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void everyPhaseHasItsPipeline() throws Exception {
    try (RawConnection plain = edge.connection()) {
      assertThat(names(edge.nextPipeline()))
          .containsExactly("socket", "tls", "http", "deadline", "route", "body", "api", "failure");
      plain.send("\r\n");
    }
    try (RawAgent agent = edge.agent("known-phases")) {
      ChannelPipeline pipeline = edge.nextPipeline();
      await()
          .atMost(EdgeServer.TIMEOUT)
          .untilAsserted(() ->
              assertThat(names(pipeline))
                  .containsExactly(
                      "socket",
                      "tls",
                      "wsencoder",
                      "budget",
                      "wsdecoder",
                      "aggregator",
                      "idle",
                      "frame",
                      "handshake",
                      "failure"));
      agent.sendM1();
      agent.sendM3();
      agent.next();
      assertThat(names(pipeline))
          .containsExactly(
              "socket",
              "tls",
              "wsencoder",
              "wsdecoder",
              "aggregator",
              "idle",
              "frame",
              "record",
              "failure");
    }
  }

  private static List<String> names(ChannelPipeline pipeline) {
    return pipeline.names().stream().filter(name -> !name.contains("#")).toList();
  }
}
