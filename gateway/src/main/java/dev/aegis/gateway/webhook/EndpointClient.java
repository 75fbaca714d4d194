package dev.aegis.gateway.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.HttpHostConnectException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes requests to servers that nobody vouches for: only to addresses that [AddressRules] allow,
/// whatever their names say; TLS is verified; no redirect is followed; no cookie is kept and
/// nothing unpacked; headers and body are read up to a bound, and all of it within a time.
/// HTTP/1.1, with connections that are used again. Thread-safe; blocks.
final class EndpointClient implements AutoCloseable {
  /// Most that is read of a response's body.
  static final int MOST_BODY_BYTES = 256 * 1024;

  private static final Logger log = LoggerFactory.getLogger(EndpointClient.class);
  private static final int MOST_HEADERS = 100;
  private static final int FIRST_CODE = 100;
  private static final int LAST_CODE = 599;
  private static final int LONGEST_LINE = 8 * 1024;
  private static final Timeout CONNECT = Timeout.ofSeconds(5);
  private static final Timeout HANDSHAKE = Timeout.ofSeconds(10);
  private static final TimeValue IDLE = TimeValue.ofSeconds(30);
  private static final TimeValue KEPT = TimeValue.ofMinutes(5);
  private static final TimeValue CHECKED_AFTER = TimeValue.ofMilliseconds(500);

  private final CheckedNames names;
  private final CloseableHttpClient http;
  private final boolean withoutTls;
  private final ScheduledThreadPoolExecutor deadlines =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("aegis-webhook-deadlines").factory());
  private volatile boolean closed;

  /// @param names closed with this
  /// @param tls what certificates are verified with
  /// @param connections most that are open at a time; whoever asks for more has the time of the
  ///   request go by
  EndpointClient(
      CheckedNames names, boolean withoutTls, SSLContext tls, int connections, String userAgent) {
    this.names = names;
    this.withoutTls = withoutTls;
    deadlines.setRemoveOnCancelPolicy(true);
    this.http =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(names)
                    .setTlsSocketStrategy(new DefaultClientTlsStrategy(tls))
                    .setConnectionFactory(
                        ManagedHttpClientConnectionFactory.builder()
                            .http1Config(
                                Http1Config.custom()
                                    .setMaxHeaderCount(MOST_HEADERS)
                                    .setMaxLineLength(LONGEST_LINE)
                                    .build())
                            .build())
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(CONNECT)
                            .setTimeToLive(KEPT)
                            .setValidateAfterInactivity(CHECKED_AFTER)
                            .build())
                    .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(HANDSHAKE).build())
                    .setMaxConnTotal(connections)
                    .setMaxConnPerRoute(connections)
                    .build())
            .evictExpiredConnections()
            .evictIdleConnections(IDLE)
            .setUserAgent(userAgent)
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .disableConnectionState()
            .build();
  }

  /// Posts JSON.
  ///
  /// @param organization whose endpoint it is
  /// @param limit how long all of it may take
  Answer post(
      String organization, URI endpoint, Map<String, String> headers, byte[] body, Duration limit) {
    return ScopedValue.where(CheckedNames.ORGANIZATION, organization)
        .call(() -> post(endpoint, headers, body, limit));
  }

  private Answer post(URI endpoint, Map<String, String> headers, byte[] body, Duration limit) {
    String scheme = endpoint.getScheme();
    if (!"https".equalsIgnoreCase(scheme) && !(withoutTls && "http".equalsIgnoreCase(scheme))) {
      return new Answer.None(Answer.Why.NOT_ALLOWED);
    }
    long until = System.nanoTime() + limit.toNanos();
    HttpClientContext context = HttpClientContext.create();
    try {
      return tryOnce(endpoint, headers, body, until, context);
    } catch (NoHttpResponseException e) {
      if (!wasUsedBefore(context)) {
        return none(e);
      }
      // A connection that was kept, and most probably ended as the request came.
      try {
        return tryOnce(endpoint, headers, body, until, HttpClientContext.create());
      } catch (IOException again) {
        return none(again);
      }
    } catch (IOException e) {
      return none(e);
    }
  }

  private static boolean wasUsedBefore(HttpClientContext context) {
    EndpointDetails connection = context.getEndpointDetails();
    return connection != null && connection.getResponseCount() > 0;
  }

  private Answer tryOnce(
      URI endpoint,
      Map<String, String> headers,
      byte[] body,
      long untilNanos,
      HttpClientContext context)
      throws IOException {
    Timeout left =
        Timeout.ofMilliseconds(
            Math.max(1, TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime())));
    HttpPost request = new HttpPost(endpoint);
    request.setConfig(
        RequestConfig.custom()
            .setConnectionRequestTimeout(left)
            .setResponseTimeout(left)
            .setExpectContinueEnabled(false)
            .build());
    headers.forEach(request::setHeader);
    request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
    AtomicBoolean late = new AtomicBoolean();
    Future<?> deadline =
        deadlines.schedule(
            () -> {
              late.set(true);
              request.cancel();
            },
            left.toMilliseconds(),
            TimeUnit.MILLISECONDS);
    try (ClassicHttpResponse response =
        http.executeOpen(HttpHost.create(endpoint), request, context)) {
      return read(response);
    } catch (IOException e) {
      if (late.get() && !(e instanceof NoRoomException)) {
        return new Answer.None(Answer.Why.TIMEOUT);
      }
      throw e;
    } finally {
      deadline.cancel(false);
    }
  }

  /// What is longer than the bound is not read: closing the response ends its connection then.
  private static Answer read(ClassicHttpResponse response) throws IOException {
    int code = response.getCode();
    if (code < FIRST_CODE || code > LAST_CODE) {
      return new Answer.None(Answer.Why.BROKEN);
    }
    byte[] body = new byte[0];
    boolean whole = true;
    HttpEntity entity = response.getEntity();
    if (entity != null) {
      InputStream content = entity.getContent();
      body = content.readNBytes(MOST_BODY_BYTES);
      whole = body.length < MOST_BODY_BYTES || content.read() < 0;
    }
    return new Answer.Response(
        code,
        value(response.getFirstHeader("Content-Type")),
        value(response.getFirstHeader("Retry-After")),
        body,
        whole);
  }

  private static @Nullable String value(@Nullable Header header) {
    return header == null ? null : header.getValue();
  }

  private Answer none(IOException e) {
    log.debug("no answer from an endpoint", e);
    if (closed) {
      return new Answer.None(Answer.Why.STOPPED);
    }
    return new Answer.None(
        switch (e) {
          case DeniedAddressException _ -> Answer.Why.NOT_ALLOWED;
          case NoRoomException _ -> Answer.Why.NO_ROOM;
          case UnknownHostException _ -> Answer.Why.UNKNOWN_HOST;
          case SSLException _ -> Answer.Why.TLS;
          case ConnectTimeoutException _,
              HttpHostConnectException _,
              ConnectException _,
              NoRouteToHostException _ ->
              Answer.Why.UNREACHABLE;
          case SocketTimeoutException _ -> Answer.Why.TIMEOUT;
          default -> Answer.Why.BROKEN;
        });
  }

  /// Requests that are under way end.
  @Override
  public void close() {
    closed = true;
    deadlines.shutdownNow();
    http.close(CloseMode.IMMEDIATE);
    names.close();
  }
}
