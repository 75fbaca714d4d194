package dev.aegis.gateway.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.crypto.DevCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against servers that do what servers should not.
final class EndpointClientTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);
  private static final String OK =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

  @TempDir Path directory;
  private @Nullable EndpointClient client;
  private @Nullable Server server;

  @AfterEach
  void close() throws IOException {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Test
  void anAnswerComesWithItsBodyAndTheConnectionIsUsedAgain() throws Exception {
    Server plain = serve(null, (in, out) -> answerAll(in, out, OK));
    EndpointClient http = client("127.0.0.1/32", true, null);
    for (int i = 0; i < 3; i++) {
      Answer.Response answer = (Answer.Response) post(http, plain.url("127.0.0.1"), LONG);
      assertThat(answer.code()).isEqualTo(200);
      assertThat(answer.contentType()).isEqualTo("application/json");
      assertThat(answer.body()).isEqualTo(BODY);
      assertThat(answer.whole()).isTrue();
    }
    assertThat(plain.connections.get()).isEqualTo(1);
  }

  @Test
  void nothingIsSentToAnAddressThatIsNotAllowed() throws Exception {
    Server plain = serve(null, (in, out) -> answerAll(in, out, OK));
    EndpointClient http = client("127.0.0.2/32", true, null);
    for (String host :
        List.of("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0")) {
      assertThat(post(http, plain.url(host), LONG))
          .as(host)
          .isEqualTo(new Answer.None(Answer.Why.NOT_ALLOWED));
    }
    assertThat(plain.connections.get()).isZero();
  }

  @Test
  void nothingIsSentWithoutTlsUnlessThatIsAllowed() throws Exception {
    Server plain = serve(null, (in, out) -> answerAll(in, out, OK));
    assertThat(post(client("127.0.0.1/32", false, null), plain.url("127.0.0.1"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.NOT_ALLOWED));
    assertThat(plain.connections.get()).isZero();
  }

  @Test
  void aRedirectIsAnAnswerAndIsNotFollowed() throws Exception {
    Server plain =
        serve(
            null,
            (in, out) ->
                answerAll(
                    in,
                    out,
                    "HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"));
    Answer.Response answer =
        (Answer.Response) post(client("127.0.0.1/32", true, null), plain.url("127.0.0.1"), LONG);
    assertThat(answer.code()).isEqualTo(307);
    assertThat(plain.requests.get()).isEqualTo(1);
  }

  @Test
  void aBodyThatTricklesEndsWithTheTime() throws Exception {
    Server plain =
        serve(
            null,
            (in, out) -> {
              request(in);
              out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
              for (int i = 0; i < 1_000; i++) { // or until the client has gone
                out.write(' ');
                out.flush();
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
              }
            });
    long began = System.nanoTime();
    assertThat(
            post(
                client("127.0.0.1/32", true, null),
                plain.url("127.0.0.1", "/slow"),
                Duration.ofMillis(500)))
        .isEqualTo(new Answer.None(Answer.Why.TIMEOUT));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(LONG);
  }

  @Test
  void aServerThatSaysNothingIsLate() throws Exception {
    Server plain = serve(null, (in, out) -> in.transferTo(OutputStream.nullOutputStream()));
    assertThat(
            post(
                client("127.0.0.1/32", true, null), plain.url("127.0.0.1"), Duration.ofMillis(300)))
        .isEqualTo(new Answer.None(Answer.Why.TIMEOUT));
  }

  @Test
  void aBodyWithoutEndIsReadUpToABound() throws Exception {
    Server plain =
        serve(
            null,
            (in, out) -> {
              request(in);
              out.write(ascii("HTTP/1.1 200 OK\r\n\r\n"));
              byte[] much = new byte[64 * 1024];
              while (true) { // until the client has gone
                out.write(much);
              }
            });
    Answer.Response answer =
        (Answer.Response) post(client("127.0.0.1/32", true, null), plain.url("127.0.0.1"), LONG);
    assertThat(answer.body()).hasSize(EndpointClient.MOST_BODY_BYTES);
    assertThat(answer.whole()).isFalse();
  }

  @Test
  void headersWithoutEndAreNoAnswer() throws Exception {
    Server plain =
        serve(
            null,
            (in, out) -> {
              request(in);
              out.write(ascii("HTTP/1.1 200 OK\r\n"));
              while (true) { // until the client has gone
                out.write(ascii("X-More: and more\r\n"));
              }
            });
    assertThat(post(client("127.0.0.1/32", true, null), plain.url("127.0.0.1"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.BROKEN));
  }

  @Test
  void aCodeThatIsNoneIsNoAnswer() throws Exception {
    for (String code : List.of("999", "600", "40000")) {
      Server plain =
          serve(
              null,
              (in, out) ->
                  answerAll(in, out, "HTTP/1.1 " + code + " Odd\r\nContent-Length: 0\r\n\r\n"));
      EndpointClient http = client("127.0.0.1/32", true, null);
      // The last one is no status line to the client, which goes on waiting for one.
      assertThat(post(http, plain.url("127.0.0.1"), Duration.ofMillis(800)))
          .as(code)
          .isInstanceOf(Answer.None.class);
      plain.close();
    }
  }

  /// It may have done what it was asked, and died.
  @Test
  void aRequestOverANewConnectionThatEndsIsNotMadeAgain() throws Exception {
    Server plain = serve(null, (in, out) -> request(in));
    assertThat(post(client("127.0.0.1/32", true, null), plain.url("127.0.0.1"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.BROKEN));
    assertThat(plain.requests.get()).isEqualTo(1);
  }

  @Test
  void aRequestOverAKeptConnectionThatEndsIsMadeAgainOverANewOne() throws Exception {
    Server plain =
        serve(
            null,
            (in, out) -> {
              request(in);
              out.write(ascii(OK));
              out.flush();
              request(in);
            });
    EndpointClient http = client("127.0.0.1/32", true, null);
    for (int i = 0; i < 3; i++) {
      assertThat(post(http, plain.url("127.0.0.1"), LONG)).isInstanceOf(Answer.Response.class);
    }
    assertThat(plain.connections.get()).isEqualTo(3);
    assertThat(plain.requests.get()).isEqualTo(5);
  }

  @Test
  void aNameWhoseTurnToBeLookedUpDoesNotComeIsNobodysFailure() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CheckedNames names =
        new CheckedNames(
            new AddressRules(AddressRange.parseAll("127.0.0.1/32")),
            host -> {
              CheckedNamesTest.await(end);
              throw new UnknownHostException(host);
            },
            Duration.ofMillis(300));
    client = new EndpointClient(names, true, TrustedCertificates.context(null), 64, "Test");
    EndpointClient http = client;
    List<Answer> answers = new CopyOnWriteArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      URI url = URI.create("http://h" + i + ".example/");
      Duration limit = i % 2 == 0 ? LONG : Duration.ofMillis(200);
      threads.add(Thread.startVirtualThread(() -> answers.add(post(http, url, limit))));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    end.countDown();
    assertThat(answers)
        .filteredOn(new Answer.None(Answer.Why.NO_ROOM)::equals)
        .as("of 40 names of an organization 8 are looked up at a time")
        .hasSize(32);
    assertThat(Judgement.of(new Answer.None(Answer.Why.NO_ROOM), Instant.EPOCH, 0).hostFails())
        .isFalse();
  }

  @Test
  void nobodyThereIsUnreachable() throws Exception {
    Server gone = serve(null, (in, out) -> {});
    gone.close();
    assertThat(post(client("127.0.0.1/32", true, null), gone.url("127.0.0.1"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.UNREACHABLE));
    assertThat(post(client("127.0.0.1/32", true, null), URI.create("http://nobody.invalid/"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.UNKNOWN_HOST));
  }

  @Test
  void aCertificateIsTrustedWhereItIsConfiguredAndItsNameIsRight() throws Exception {
    DevCertificate certificate =
        DevCertificate.create(
            List.of("localhost"),
            List.of(),
            Instant.now().minusSeconds(60),
            Duration.ofDays(1),
            new SecureRandom());
    Path trusted = directory.resolve("trusted.pem");
    Files.writeString(trusted, certificate.certificatePem());
    Server tls = serve(certificate, (in, out) -> answerAll(in, out, OK));
    assertThat(post(client("127.0.0.1/32", false, trusted), tls.url("localhost"), LONG))
        .isInstanceOf(Answer.Response.class);
    assertThat(post(client("127.0.0.1/32", false, null), tls.url("localhost"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.TLS));
    assertThat(post(client("127.0.0.1/32", false, trusted), tls.url("127.0.0.1"), LONG))
        .isEqualTo(new Answer.None(Answer.Why.TLS));
    assertThat(tls.requests.get()).isEqualTo(1);
  }

  private EndpointClient client(String allowed, boolean withoutTls, @Nullable Path trusted)
      throws IOException {
    if (client != null) {
      client.close();
    }
    EndpointClient made =
        new EndpointClient(
            new CheckedNames(new AddressRules(AddressRange.parseAll(allowed))),
            withoutTls,
            TrustedCertificates.context(trusted),
            8,
            "Test");
    client = made;
    return made;
  }

  private static Answer post(EndpointClient client, URI url, Duration limit) {
    return client.post("one", url, Map.of("webhook-id", "1"), BODY, limit);
  }

  private Server serve(@Nullable DevCertificate certificate, Behaviour behaviour) throws Exception {
    Server made = new Server(certificate, behaviour);
    server = made;
    return made;
  }

  private interface Behaviour {
    void on(InputStream in, OutputStream out) throws IOException;
  }

  /// Answers each request of a connection.
  private void answerAll(InputStream in, OutputStream out, String answer) throws IOException {
    while (request(in)) {
      out.write(ascii(answer));
      out.flush();
    }
  }

  /// Reads a request with a body of two bytes.
  private boolean request(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return false;
      }
      head.append((char) next);
    }
    in.readNBytes(BODY.length);
    Server running = server;
    if (running != null) {
      running.requests.incrementAndGet();
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// Has a thread for each connection.
  private static final class Server implements AutoCloseable {
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger requests = new AtomicInteger();
    private final ServerSocket socket;
    private final String scheme;

    Server(@Nullable DevCertificate certificate, Behaviour behaviour) throws Exception {
      scheme = certificate == null ? "http" : "https";
      InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
      socket =
          certificate == null
              ? new ServerSocket(0, 50, loopback)
              : context(certificate).getServerSocketFactory().createServerSocket(0, 50, loopback);
      Thread.ofVirtual()
          .start(() -> {
            while (!socket.isClosed()) {
              try {
                Socket accepted = socket.accept();
                connections.incrementAndGet();
                Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                      try (accepted) {
                        behaviour.on(accepted.getInputStream(), accepted.getOutputStream());
                      } catch (IOException _) {
                        // the client has gone, which is what some wait for
                      }
                    });
              } catch (IOException _) {
                return; // closed
              }
            }
          });
    }

    private static SSLContext context(DevCertificate certificate) throws Exception {
      KeyStore keys = KeyStore.getInstance(KeyStore.getDefaultType());
      keys.load(null, null);
      keys.setKeyEntry(
          "server",
          certificate.privateKey(),
          new char[0],
          new Certificate[] {certificate.certificate()});
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(keys, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(factory.getKeyManagers(), null, null);
      return context;
    }

    URI url(String host) {
      return url(host, "/hook");
    }

    URI url(String host, String path) {
      return URI.create(scheme + "://" + host + ":" + socket.getLocalPort() + path);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
