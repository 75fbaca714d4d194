package dev.aegis.gateway.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// What the certificates of endpoints are verified with.
final class TrustedCertificates {
  private TrustedCertificates() {}

  /// The platform's, and those of a file.
  ///
  /// @param more PEM certificates, null for none
  /// @throws IOException the file cannot be read; the message names it
  static SSLContext context(@Nullable Path more) throws IOException {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int count = 0;
      for (TrustManager manager : managers(null)) {
        if (manager instanceof X509TrustManager platform) {
          for (X509Certificate issuer : platform.getAcceptedIssuers()) {
            trusted.setCertificateEntry("platform-" + count++, issuer);
          }
        }
      }
      if (more != null) {
        try (InputStream file = Files.newInputStream(more)) {
          for (Certificate each :
              CertificateFactory.getInstance("X.509").generateCertificates(file)) {
            trusted.setCertificateEntry("more-" + count++, each);
          }
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(trusted), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("webhooks.certificates: " + more + " is not a file of certificates", e);
    }
  }

  private static TrustManager[] managers(@Nullable KeyStore trusted)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory.getTrustManagers();
  }
}
