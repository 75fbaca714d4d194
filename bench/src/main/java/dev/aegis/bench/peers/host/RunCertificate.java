package dev.aegis.bench.peers.host;

import dev.aegis.crypto.DevCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A self-signed TLS certificate for one run, of the kind that a gateway makes for itself.
public record RunCertificate(Path certificate, Path key) {
  private static final Duration VALIDITY = Duration.ofDays(2);

  /// Writes it into a directory.
  public static RunCertificate create(Path directory) throws IOException {
    DevCertificate made =
        DevCertificate.create(
            List.of("localhost"),
            List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1})),
            Instant.now().minus(Duration.ofHours(1)),
            VALIDITY,
            new SecureRandom());
    Path certificate = directory.resolve("tls.crt");
    Path key = directory.resolve("tls.key");
    Files.writeString(certificate, made.certificatePem());
    Files.writeString(key, made.privateKeyPem());
    return new RunCertificate(certificate, key);
  }
}
