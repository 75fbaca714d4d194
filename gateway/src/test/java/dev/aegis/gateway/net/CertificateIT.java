package dev.aegis.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.gateway.RawAgent;
import dev.aegis.gateway.RawConnection;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A certificate that changes while the server runs.
class CertificateIT {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void aNewCertificateIsShownToNewConnectionsOnly() throws Exception {
    try (RawAgent agent = edge.connected("known-r")) {
      var before = agent.connection().certificate();
      edge.writeCertificate();
      Files.setLastModifiedTime(edge.certificate(), FileTime.from(Instant.now().plusSeconds(5)));
      edge.tls().reloadIfChanged();
      try (RawConnection next = edge.connection()) {
        assertThat(next.certificate()).isNotEqualTo(before);
      }
      Files.writeString(edge.key(), "no key");
      Files.setLastModifiedTime(edge.key(), FileTime.from(Instant.now().plusSeconds(9)));
      edge.tls().reloadIfChanged();
      edge.connection().close();
      agent.send(EdgeServer.heartbeat());
      assertThat(edge.nextFlight()).isNotEmpty();
    }
  }
}
