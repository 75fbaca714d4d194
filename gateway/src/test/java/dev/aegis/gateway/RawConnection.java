package dev.aegis.gateway;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// A TLS connection whose user decides about every byte: what no client library would send.
public final class RawConnection implements Closeable {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  private static final int PATIENCE_MILLIS = 20_000;
  private static final byte[] MASK = {1, 2, 3, 4};

  private final SSLSocket socket;
  private final DataInputStream in;

  /// A frame from the gateway.
  public record Frame(int opcode, byte[] payload) {
    public int closeCode() {
      return opcode == CLOSE ? ByteBuffer.wrap(payload).getShort() & 0xffff : -1;
    }

    public String closeText() {
      return new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }
  }

  /// Connects and finishes the TLS handshake.
  public RawConnection(int port) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, new TrustManager[] {new TrustEverything()}, new SecureRandom());
      socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    socket.setSoTimeout(PATIENCE_MILLIS);
    // Else a close waits for ever behind a write that the gateway does not read.
    socket.setSoLinger(true, 1);
    socket.startHandshake();
    in = new DataInputStream(socket.getInputStream());
  }

  public Certificate certificate() throws IOException {
    return socket.getSession().getPeerCertificates()[0];
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  public void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// The request that an agent upgrades with, and more headers.
  public static String upgradeRequest(String... more) {
    StringBuilder request =
        new StringBuilder(
            """
            GET /ws/agent HTTP/1.1
            Host: localhost
            Connection: Upgrade
            Upgrade: websocket
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Protocol: aegis.v1.msgpack
            """);
    for (String header : more) {
      request.append(header).append('\n');
    }
    return request.append('\n').toString().replace("\n", "\r\n");
  }

  /// Upgrades; returns the status code.
  public int upgrade(String... headers) throws IOException {
    send(upgradeRequest(headers));
    return status();
  }

  /// Reads a response's head and returns its status code, 0 if the connection ended before.
  public int status() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next;
      try {
        next = in.read();
      } catch (SocketException e) {
        return 0;
      }
      if (next < 0) {
        return 0;
      }
      head.write(next);
    }
    return Integer.parseInt(head.toString(StandardCharsets.ISO_8859_1).split(" ", 3)[1]);
  }

  public void frame(int opcode, byte[] payload) throws IOException {
    frame(opcode, true, payload);
  }

  public void frame(int opcode, boolean last, byte[] payload) throws IOException {
    send(frameBytes(opcode, last, payload));
  }

  public static byte[] frameBytes(int opcode, boolean last, byte[] payload) {
    ByteBuffer out = ByteBuffer.allocate(14 + payload.length);
    out.put((byte) ((last ? 0x80 : 0) | opcode));
    if (payload.length < 126) {
      out.put((byte) (0x80 | payload.length));
    } else if (payload.length < 65_536) {
      out.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      out.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    out.put(MASK);
    for (int i = 0; i < payload.length; i++) {
      out.put((byte) (payload[i] ^ MASK[i % 4]));
    }
    byte[] frame = new byte[out.position()];
    out.flip().get(frame);
    return frame;
  }

  /// The next frame.
  ///
  /// @throws EOFException the connection ended
  public Frame read() throws IOException {
    int first = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    }
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Frame(first & 0x0f, payload);
  }

  /// Reads on until the gateway closes, and returns its close code; 0 if it just hung up.
  public int closeCode() throws IOException {
    try {
      while (true) {
        Frame frame = read();
        if (frame.opcode() == CLOSE) {
          return frame.closeCode();
        }
      }
    } catch (EOFException | SocketException e) {
      return 0;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private static final class TrustEverything implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
