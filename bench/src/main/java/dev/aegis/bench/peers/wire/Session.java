package dev.aegis.bench.peers.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client of a server: logs on, and does so again whenever the connection was lost. Its own
/// events come on its event loop; it can be written to from any thread.
public abstract class Session implements Link.Protocol {
  private static final int RECONNECT_MILLIS = 100;

  private final LinkTarget target;
  private final EventLoop loop;
  private final CompletableFuture<Void> connected = new CompletableFuture<>();
  private @Nullable Link opened;
  private volatile @Nullable Link ready;
  private volatile boolean closed;

  protected Session(LinkTarget target, EventLoop loop) {
    this.target = target;
    this.loop = loop;
  }

  /// A connection is there: writes what the server wants to see first.
  protected abstract void logOn(Link link);

  /// Bytes from the server, which need not end where a message does.
  ///
  /// @throws IOException they are not the protocol
  protected abstract void read(ByteBuf bytes) throws IOException;

  /// @return done when the server has accepted it the first time
  public final CompletableFuture<Void> connect() {
    Link.open(target, loop, this);
    return connected;
  }

  /// @return false while there is no connection, or when too much waits
  public final boolean write(Link.Encoder encoder) {
    Link link = ready;
    return link != null && link.write(encoder);
  }

  /// The event loop's timer.
  public final void later(Runnable task, long millis) {
    loop.schedule(task, millis, TimeUnit.MILLISECONDS);
  }

  /// Any thread.
  public final void close() {
    closed = true;
    loop.execute(this::closeLink);
  }

  private void closeLink() {
    if (opened != null) {
      opened.close();
    }
  }

  /// From now on [#write] writes.
  protected final void accept(Link link) {
    ready = link;
  }

  protected final boolean isAccepted() {
    return ready != null;
  }

  /// The connection, whether the server has accepted it or not; null for none.
  protected final @Nullable Link link() {
    return opened;
  }

  /// What was to be done before the first use is done.
  protected final void complete() {
    connected.complete(null);
  }

  /// Gives up: this is no failure of the connection.
  protected final void fail(IOException why) {
    connected.completeExceptionally(why);
    closeLink();
  }

  @Override
  public final void opened(Link link) {
    opened = link;
    logOn(link);
  }

  @Override
  public final void received(ByteBuf bytes) {
    try {
      read(bytes);
    } catch (IOException e) {
      fail(e);
    }
  }

  @Override
  public final void closed(Throwable why) {
    opened = null;
    ready = null;
    if (!connected.isDone()) {
      connected.completeExceptionally(why);
    } else if (!closed && !connected.isCompletedExceptionally()) {
      later(() -> Link.open(target, loop, this), RECONNECT_MILLIS);
    }
  }
}
