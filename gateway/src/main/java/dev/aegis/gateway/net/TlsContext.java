package dev.aegis.gateway.net;

import dev.aegis.protocol.BindingMode;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TLS side of the listener: TLS 1.3 only, on BoringSSL where its library loads, else on the
/// JDK. The certificate and its key come from PEM files and are read again when they change; a
/// connection keeps what it began with. Thread-safe; native memory is freed with [#close].
public final class TlsContext implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsContext.class);
  private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding"; // RFC 9266

  /// The TLS end of one connection, and the certificate it shows.
  record Connection(SslHandler handler, X509Certificate certificate) {}

  /// One certificate and what was made of it.
  private record Current(SslContext context, X509Certificate certificate, FileTime modified) {}

  private final Path certificateFile;
  private final Path keyFile;
  private final SslProvider provider;
  private Current current;

  /// On the best engine.
  public TlsContext(Path certificateFile, Path keyFile) throws IOException {
    this(certificateFile, keyFile, TlsEngine.AUTO);
  }

  /// @throws IOException the files cannot be read or do not belong together, or the engine does not
  ///   run here; the message says which
  public TlsContext(Path certificateFile, Path keyFile, TlsEngine engine) throws IOException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.provider = provider(engine);
    this.current = load();
  }

  private static SslProvider provider(TlsEngine engine) throws IOException {
    return switch (engine) {
      case AUTO -> OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
      case OPENSSL -> {
        if (!OpenSsl.isAvailable()) {
          throw new IOException(
              "the TLS engine openssl does not run here: its library does not load",
              OpenSsl.unavailabilityCause());
        }
        yield SslProvider.OPENSSL_REFCNT;
      }
      case JDK -> SslProvider.JDK;
    };
  }

  /// The engine's name, for people.
  public String engine() {
    return provider == SslProvider.JDK
        ? "JDK " + Runtime.version().feature()
        : OpenSsl.versionString();
  }

  /// When the certificate ends that new connections are shown.
  public synchronized Instant certificateEnd() {
    return current.certificate().getNotAfter().toInstant();
  }

  /// Reads the files again if they changed. A pair that does not work is logged and the old one
  /// stays.
  public void reloadIfChanged() {
    try {
      synchronized (this) {
        if (modified().equals(current.modified())) {
          return;
        }
        Current fresh = load();
        ReferenceCountUtil.release(current.context());
        current = fresh;
      }
      log.info("TLS certificate reloaded from {}", certificateFile);
    } catch (IOException e) {
      log.warn("TLS certificate not reloaded, the old one stays: {}", e.getMessage());
    }
  }

  /// The handler of a new connection.
  synchronized Connection connect(ByteBufAllocator allocator) {
    return new Connection(current.context().newHandler(allocator), current.certificate());
  }

  @Override
  public synchronized void close() {
    ReferenceCountUtil.release(current.context());
  }

  /// The channel binding values of a connection (PROTOCOL.md 3.5).
  static Map<BindingMode, byte[]> bindingValues(SSLEngine engine, X509Certificate certificate) {
    Map<BindingMode, byte[]> values = new EnumMap<>(BindingMode.class);
    values.put(BindingMode.TLS_SERVER_END_POINT, endPoint(certificate));
    if (engine.getSession() instanceof ExtendedSSLSession session) {
      try {
        byte[] exported = session.exportKeyingMaterialData(EXPORTER_LABEL, new byte[0], 32);
        values.put(BindingMode.TLS_EXPORTER, exported);
      } catch (UnsupportedOperationException | javax.net.ssl.SSLException e) {
        log.trace("this TLS engine cannot export keying material");
      }
    }
    return values;
  }

  private static byte[] endPoint(X509Certificate certificate) {
    String signature = certificate.getSigAlgName();
    String hash =
        signature.startsWith("SHA384")
            ? "SHA-384"
            : signature.startsWith("SHA512") ? "SHA-512" : "SHA-256";
    try {
      return MessageDigest.getInstance(hash).digest(certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a certificate in use has an encoding", e);
    }
  }

  private FileTime modified() throws IOException {
    FileTime certificate = Files.getLastModifiedTime(certificateFile);
    FileTime key = Files.getLastModifiedTime(keyFile);
    return certificate.compareTo(key) > 0 ? certificate : key;
  }

  private Current load() throws IOException {
    FileTime modified = modified();
    try {
      byte[] pem = Files.readAllBytes(certificateFile);
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(pem));
      SslContext context =
          SslContextBuilder.forServer(certificateFile.toFile(), keyFile.toFile())
              .sslProvider(provider)
              .protocols("TLSv1.3")
              .clientAuth(ClientAuth.NONE)
              .build();
      return new Current(context, certificate, modified);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          certificateFile + " and " + keyFile + " are not a PEM certificate and its key", e);
    }
  }
}
