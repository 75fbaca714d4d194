package dev.aegis.bench.peers.nats;

import dev.aegis.bench.peers.wire.Link;
import dev.aegis.bench.peers.wire.LinkTarget;
import dev.aegis.bench.peers.wire.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One client of a NATS server, with its subscriptions.
final class NatsSession extends Session implements NatsParser.Events {
  static final String USER = "bench";
  static final String PASSWORD = "bench-password";

  /// Hears the messages of one subscription.
  interface Subscriber {
    void message(MessageLine line, byte @Nullable [] headers, byte[] payload);
  }

  private final List<String> subjects = new ArrayList<>();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final List<Runnable> onReady = new ArrayList<>();
  private NatsParser parser = new NatsParser(this);

  NatsSession(LinkTarget target, EventLoop loop) {
    super(target, loop);
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

  @Override
  protected void logOn(Link link) {
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
  protected void read(ByteBuf bytes) throws IOException {
    parser.feed(bytes);
  }

  @Override
  public void line(String text) {
    Link link = link();
    if (link == null) {
      return;
    }
    if (text.startsWith("PING")) {
      link.write(NatsCommands::pong);
    } else if (text.startsWith("PONG") && !isAccepted()) {
      accept(link);
      onReady.forEach(Runnable::run);
      complete();
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
}
