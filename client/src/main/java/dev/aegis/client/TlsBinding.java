package dev.aegis.client;

import dev.aegis.protocol.BindingMode;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a finished TLS handshake offers to bind ours to (RFC 9266, RFC 5929).
final class TlsBinding {
  private static final Logger log = LoggerFactory.getLogger(TlsBinding.class);
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding"; // RFC 9266
  private static final int EXPORTER_BYTES = 32;

  private TlsBinding() {}

  static Map<BindingMode, byte[]> values(SSLEngine engine) {
    Map<BindingMode, byte[]> values = new EnumMap<>(BindingMode.class);
    if (!(engine.getSession() instanceof ExtendedSSLSession session)) {
      return values;
    }
    try {
      values.put(
          BindingMode.TLS_EXPORTER,
          session.exportKeyingMaterialData(EXPORTER_LABEL, new byte[0], EXPORTER_BYTES));
    } catch (UnsupportedOperationException | SSLException e) {
      log.trace("this TLS engine cannot export keying material", e);
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain[0] instanceof X509Certificate certificate) {
        values.put(
            BindingMode.TLS_SERVER_END_POINT,
            MessageDigest.getInstance(hash(certificate)).digest(certificate.getEncoded()));
      }
    } catch (GeneralSecurityException | SSLException e) {
      log.trace("no certificate to bind to", e);
    }
    return values;
  }

  /// That of the certificate's signature, SHA-256 where it is weaker or unnamed (RFC 5929 4.1).
  private static String hash(X509Certificate certificate) {
    String signature = certificate.getSigAlgName();
    if (signature.startsWith("SHA384")) {
      return "SHA-384";
    }
    return signature.startsWith("SHA512") ? "SHA-512" : "SHA-256";
  }
}
