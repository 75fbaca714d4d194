package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.wire.Link;
import dev.aegis.bench.peers.wire.LinkTarget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client of a NATS server: logs on, subscribes, and does so again whenever the connection was
/// lost. Its own events come on its event loop; it can be written to from any thread.
final class NatsSession implements Link.Protocol, NatsParser.Events {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";
  private static final int RECONNECT_MILLIS = 100;

  /// Hears the messages of one subscription.
  interface Subscriber {
    void message(MessageLine line, byte @Nullable [] headers, byte[] payload);
  }

  private final LinkTarget target;
  private final EventLoop loop;
  private final CompletableFuture<Void> connected = new CompletableFuture<>();
  private final List<String> subjects = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final List<Runnable> onReady = new ArrayList<>();
  private NatsParser parser = new NatsParser(this);
  private @Nullable Link opened;
  private volatile @Nullable Link ready;
  private volatile boolean closed;

  NatsSession(LinkTarget target, EventLoop loop) {
    this.target = target;
    this.loop = loop;
  }

  /// Before [#connect].
  void subscribe(String subject, Subscriber subscriber) {
    subjects.add(subject);
    subscribers.add(subscriber);
  }

  /// Called each time the session can be used, on its event loop. Before [#connect].
  void onReady(Runnable action) {
    onReady.add(action);
  }

  /// @return done when the server has accepted it the first time
  CompletableFuture<Void> connect() {
    Link.open(target, loop, this);
    return connected;
  }

  /// @return false while there is no connection, or when too much waits
  boolean write(Link.Encoder encoder) {
    Link link = ready;
    return link != null && link.write(encoder);
  }

  void later(Runnable task, long millis) {
    loop.schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  void close() {
    closed = true;
    loop.execute(() -> {
      if (opened != null) {
        opened.close();
      }
    });
  }

  @Override
  public void opened(Link link) {
    opened = link;
    parser = new NatsParser(this);
    link.write(out -> {
      NatsCommands.connect(out, USER, PASSWORD);
      for (int i = 0; i < subjects.size(); i++) {
        NatsCommands.subscribe(out, subjects.get(i), i + 1);
      }
      NatsCommands.ping(out);
    });
  }

  @Override
  public void received(ByteBuf bytes) {
    try {
      parser.feed(bytes);
    } catch (IOException e) {
      fail(e);
    }
  }

  private void fail(IOException why) {
    connected.completeExceptionally(why);
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public void line(String text) {
    Link link = opened;
    if (link == null) {
      return;
    }
    if (text.startsWith("PING")) {
      link.write(NatsCommands::pong);
    } else if (text.startsWith("PONG") && ready == null) {
      ready = link;
      onReady.forEach(Runnable::run);
      connected.complete(null);
    } else if (text.startsWith("-ERR")) {
      fail(new IOException("the server said " + text));
    }
  }

  @Override
  public void message(MessageLine line, byte @Nullable [] headers, byte[] payload) {
    try {
      subscribers.get(line.subscription() - 1).message(line, headers, payload);
    } catch (IOException e) {
      fail(e);
    }
  }

  @Override
  public void closed(Throwable why) {
    opened = null;
    ready = null;
    if (!connected.isDone()) {
      connected.completeExceptionally(why);
    } else if (!closed && !connected.isCompletedExceptionally()) {
      later(() -> Link.open(target, loop, this), RECONNECT_MILLIS);
    }
  }
}
