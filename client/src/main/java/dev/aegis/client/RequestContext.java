package dev.aegis.client;

import dev.aegis.protocol.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the handler of a request can know and tell of it while it works. Thread-safe.
public final class RequestContext {
  private static final Logger log = LoggerFactory.getLogger(RequestContext.class);

  private final Message request;
  private final Consumer<Runnable> loop;
  private final Consumer<String> teller;
  private final AtomicReference<@Nullable String> note = new AtomicReference<>();
  private final List<Runnable> actions = new ArrayList<>();
  private volatile @Nullable String cancelReason;

  /// @param loop runs what it is given on the client's event loop
  /// @param teller sends a note, on the event loop
  RequestContext(Message request, Consumer<Runnable> loop, Consumer<String> teller) {
    this.request = request;
    this.loop = loop;
    this.teller = teller;
  }

  Message request() {
    return request;
  }

  /// Whether the requester has given up: nobody will read the response.
  public boolean isCancelled() {
    return cancelReason != null;
  }

  /// What the requester says about it; `timeout` when its patience was at an end.
  public Optional<String> cancelReason() {
    return Optional.ofNullable(cancelReason);
  }

  /// Runs an action when the request is cancelled, at once if it has been. On a virtual thread; not
  /// at all when it is not cancelled before the handler ends.
  public void onCancel(Runnable action) {
    synchronized (actions) {
      if (cancelReason == null) {
        actions.add(action);
        return;
      }
    }
    run(action);
  }

  /// Tells the requester that work goes on, which starts its idle deadline anew. Never blocks.
  /// Notes told faster than they can be sent are replaced by later ones, and none is sent while
  /// there is no session.
  ///
  /// @param what for the requester to read; cut to 512 bytes of UTF-8
  public void progress(String what) {
    if (note.getAndSet(Text.cut(what)) == null) {
      loop.accept(() -> {
        String latest = note.getAndSet(null);
        if (latest != null) {
          teller.accept(latest);
        }
      });
    }
  }

  void cancel(String reason) {
    List<Runnable> due;
    synchronized (actions) {
      if (cancelReason != null) {
        return;
      }
      cancelReason = reason;
      due = List.copyOf(actions);
      actions.clear();
    }
    due.forEach(RequestContext::run);
  }

  private static void run(Runnable action) {
    Thread.ofVirtual()
        .name("aegis-cancel")
        .start(() -> {
          try {
            action.run();
          } catch (RuntimeException e) { // the application's
            log.warn("an action on cancel failed", e);
          }
        });
  }
}
