package dev.aegis.gateway.poll;

import dev.aegis.gateway.poll.PollSession.Use;
import dev.aegis.gateway.session.AgentAdmission;
import dev.aegis.gateway.session.Login;
import dev.aegis.gateway.session.Session;
import dev.aegis.gateway.session.SessionListener;
import dev.aegis.gateway.session.Sessions;
import dev.aegis.protocol.CloseCode;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.SequenceRanges;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The agents that poll. A session begins with an agent's first call and ends when it was not used
/// for a while and nothing is on its way, or when the agent logs in over a socket or polls at
/// another node. All of them share a loop of their own. Any thread.
public final class PollSessions implements AutoCloseable {
  private static final int MAX_SESSIONS = 65_536;
  private static final long CHECKS_PER_IDLE = 4;
  private static final long CLOSE_SECONDS = 5;
  private static final byte[] UNSIGNED = new byte[32];

  private final EventLoop loop =
      new DefaultEventLoop(Thread.ofPlatform().name("aegis-poll").daemon(true).factory());
  private final ConcurrentHashMap<String, PollSession> byAgent = new ConcurrentHashMap<>();
  private final Sessions sessions;
  private final SessionListener listener;
  private final InstantSource clock;
  private final SecureRandom random;

  /// @param idle how long an unused session lasts
  public PollSessions(
      Sessions sessions,
      SessionListener listener,
      Duration idle,
      InstantSource clock,
      SecureRandom random) {
    this.sessions = sessions;
    this.listener = listener;
    this.clock = clock;
    this.random = random;
    long every = Math.max(1, idle.toMillis() / CHECKS_PER_IDLE);
    loop.scheduleWithFixedDelay(
        () -> byAgent.values().forEach(session -> session.endIfIdle(idle.toNanos())),
        every,
        every,
        TimeUnit.MILLISECONDS);
  }

  /// How many agents poll.
  public int size() {
    return byAgent.size();
  }

  /// Messages for the agent, as soon as there are any.
  ///
  /// @param limit how many at most, at least 1
  /// @param waitMillis how long to wait for the first, 0 for not at all
  public CompletionStage<Poll> poll(String agent, String organization, int limit, long waitMillis) {
    return call(
        agent,
        organization,
        false,
        (session, result) -> session.poll(Use.CALLS, limit, waitMillis, result),
        none ->
            switch (none) {
              case CONNECTED -> new Poll.Connected();
              case FULL -> new Poll.Full();
              case DRAINING -> new Poll.Ended(CloseCode.GOING_AWAY);
            });
  }

  /// Whether the messages of an agent may be posted to it: it has no session here, or one that
  /// nobody but whoever posts them uses.
  public boolean mayPost(String agent) {
    PollSession session = byAgent.get(agent);
    return session == null ? sessions.find(agent) == null : session.use() != Use.CALLS;
  }

  /// The mailbox of an agent for whoever posts its messages.
  public Posting posting(String agent, String organization) {
    return new Posting(agent, organization);
  }

  /// One agent's mailbox for whoever posts its messages. It never takes the mailbox from a session
  /// that the agent has itself, here or at another node.
  public final class Posting {
    private final String agent;
    private final String organization;

    private Posting(String agent, String organization) {
      this.agent = agent;
      this.organization = organization;
    }

    /// As [PollSessions#poll]; [Poll.Connected] where the agent has a session itself.
    public CompletionStage<Poll> poll(int limit, long waitMillis) {
      return call(
          agent,
          organization,
          true,
          (session, result) -> session.poll(Use.POSTING, limit, waitMillis, result),
          none ->
              switch (none) {
                case CONNECTED -> new Poll.Connected();
                case FULL -> new Poll.Full();
                case DRAINING -> new Poll.Ended(CloseCode.GOING_AWAY);
              });
    }

    /// The endpoint has taken this one; completes once that is on disk. Begins no session.
    public CompletionStage<Answered> processed(long mailboxEpoch, long sequence) {
      return within((session, result) ->
          session.processed(mailboxEpoch, SequenceRanges.of(sequence), result));
    }

    /// The endpoint has not taken this one. Begins no session.
    public CompletionStage<Answered> failed(Control.Nack nack) {
      return within((session, result) -> session.failed(nack, result));
    }

    /// Takes nothing more for now: a call that waits is answered.
    public void stop() {
      try {
        loop.execute(() -> {
          PollSession session = byAgent.get(agent);
          if (session != null) {
            session.stopPosting();
          }
        });
      } catch (RejectedExecutionException _) {
        return; // the loop has ended, and the call with it
      }
    }

    private CompletionStage<Answered> within(
        BiConsumer<PollSession, CompletableFuture<Answered>> action) {
      CompletableFuture<Answered> result = new CompletableFuture<>();
      try {
        loop.execute(() -> {
          PollSession session = byAgent.get(agent);
          if (session == null) {
            result.complete(new Answered.Ended(CloseCode.NORMAL));
          } else {
            action.accept(session, result);
          }
        });
      } catch (RejectedExecutionException _) {
        result.complete(new Answered.Ended(CloseCode.GOING_AWAY)); // the loop has ended
      }
      return result;
    }
  }

  /// The agent has processed these; completes once that is on disk.
  public CompletionStage<Answered> processed(
      String agent, String organization, long mailboxEpoch, SequenceRanges sequences) {
    return answer(
        agent,
        organization,
        (session, result) -> session.processed(mailboxEpoch, sequences, result));
  }

  /// The agent works on this one, which it was handed.
  public CompletionStage<Answered> working(
      String agent, String organization, long mailboxEpoch, long sequence) {
    return answer(
        agent, organization, (session, result) -> session.working(mailboxEpoch, sequence, result));
  }

  /// The agent could not handle one that it was handed.
  public CompletionStage<Answered> failed(String agent, String organization, Control.Nack nack) {
    return answer(agent, organization, (session, result) -> session.failed(nack, result));
  }

  private CompletionStage<Answered> answer(
      String agent,
      String organization,
      BiConsumer<PollSession, CompletableFuture<Answered>> action) {
    return call(
        agent,
        organization,
        false,
        action,
        none ->
            switch (none) {
              case CONNECTED -> new Answered.Connected();
              case FULL -> new Answered.Full();
              case DRAINING -> new Answered.Ended(CloseCode.GOING_AWAY);
            });
  }

  /// Why there is no session.
  private enum None {
    CONNECTED,
    FULL,
    DRAINING
  }

  private <T> CompletionStage<T> call(
      String agent,
      String organization,
      boolean yields,
      BiConsumer<PollSession, CompletableFuture<T>> action,
      Function<None, T> without) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      loop.execute(() -> {
        PollSession session = byAgent.get(agent);
        None none = session == null ? mayOpen(agent) : null;
        if (session == null && none == null) {
          session = open(agent, organization, yields);
          none = session == null ? None.DRAINING : null;
        }
        if (session == null) {
          result.complete(without.apply(none));
        } else {
          action.accept(session, result);
        }
      });
    } catch (RejectedExecutionException _) {
      result.complete(without.apply(None.DRAINING)); // the loop has ended
    }
    return result;
  }

  private @Nullable None mayOpen(String agent) {
    if (sessions.find(agent) != null) {
      return None.CONNECTED;
    }
    return byAgent.size() >= MAX_SESSIONS ? None.FULL : null;
  }

  private @Nullable PollSession open(String agent, String organization, boolean yields) {
    byte[] token = new byte[32];
    random.nextBytes(token);
    PollSession opened =
        new PollSession(
            loop,
            listener,
            yields,
            connection ->
                new Session(
                    new Login(agent, null, 0, 0, 0),
                    new AgentAdmission(organization, false),
                    UNSIGNED,
                    token,
                    sessions.nextEpoch(),
                    connection,
                    connection.outbox(),
                    clock.millis()),
            this::ended);
    byAgent.put(agent, opened);
    if (!sessions.register(opened.session())) {
      return null;
    }
    listener.opened(opened.session());
    return opened;
  }

  private void ended(PollSession session) {
    byAgent.remove(session.session().agentId(), session);
    sessions.unregister(session.session());
  }

  @Override
  public void close() {
    if (loop.isShuttingDown()) {
      return;
    }
    loop.execute(
        () -> byAgent.values().forEach(session -> session.session().close(CloseCode.GOING_AWAY)));
    loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
