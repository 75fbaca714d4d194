package dev.aegis.gateway.webhook;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/// Looks names up for the HTTP client, which connects to what it gets here and to nothing else:
/// there is no second look-up that a name could answer otherwise.
///
/// The platform's look-up holds its thread up for as long as a server of names likes, so it has
/// threads of its own, not those that carry virtual threads, and few. One name has one look-up at a
/// time, whoever asks; what finds no free thread waits for its turn. Thread-safe.
final class CheckedNames implements DnsResolver, AutoCloseable {
  private static final int AT_ONCE = 32;
  private static final int MOST_ADDRESSES = 4;
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final AddressRules rules;
  private final Finder finder;
  private final Duration longest;
  private final Map<String, LookUp> underWay = new HashMap<>(); // guarded by itself
  private final ThreadPoolExecutor threads;

  /// How names are looked up.
  interface Finder {
    InetAddress[] find(String host) throws UnknownHostException;
  }

  CheckedNames(AddressRules rules) {
    this(rules, InetAddress::getAllByName, LONGEST);
  }

  /// @param longest how long somebody waits, for a turn and for the answer
  CheckedNames(AddressRules rules, Finder finder, Duration longest) {
    this.rules = rules;
    this.finder = finder;
    this.longest = longest;
    // The queue has a bound: what nobody waits for any more is taken out, and who waits is bounded.
    this.threads =
        new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("aegis-webhook-names-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] allowed =
        Arrays.stream(lookUp(host))
            .filter(rules::allows)
            .limit(MOST_ADDRESSES)
            .toArray(InetAddress[]::new);
    if (allowed.length == 0) {
      throw new DeniedAddressException(host);
    }
    return allowed;
  }

  @Override
  public List<InetSocketAddress> resolve(String host, int port) throws UnknownHostException {
    return Arrays.stream(resolve(host))
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  /// How many wait for a thread.
  int queued() {
    return threads.getQueue().size();
  }

  /// One of a name, for all who ask meanwhile.
  private final class LookUp extends FutureTask<InetAddress[]> {
    private final String host;
    private int waiting;
    private boolean begun;

    LookUp(String host) {
      super(() -> finder.find(host));
      this.host = host;
    }

    @Override
    public void run() {
      synchronized (underWay) {
        begun = true;
      }
      super.run();
    }

    @Override
    protected void done() {
      synchronized (underWay) {
        underWay.remove(host, this);
      }
    }

    boolean begun() {
      synchronized (underWay) {
        return begun;
      }
    }

    /// What nobody waits for is not begun.
    void leave() {
      synchronized (underWay) {
        waiting--;
        if (waiting == 0 && threads.remove(this)) {
          cancel(false);
        }
      }
    }
  }

  private LookUp join(String host) throws UnknownHostException {
    synchronized (underWay) {
      LookUp lookUp = underWay.get(host);
      if (lookUp == null) {
        lookUp = new LookUp(host);
        try {
          threads.execute(lookUp);
        } catch (RejectedExecutionException e) {
          throw unknown(host + ": stopped", e);
        }
        underWay.put(host, lookUp);
      }
      lookUp.waiting++;
      return lookUp;
    }
  }

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    LookUp lookUp = join(host);
    try {
      return lookUp.get(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw unknown(host, e);
    } catch (TimeoutException e) {
      if (!lookUp.begun()) {
        throw new NoRoomException(host);
      }
      throw unknown(host + ": not found in time", e);
    } catch (CancellationException e) {
      throw unknown(host + ": stopped", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(host + ": interrupted", e);
    } finally {
      lookUp.leave();
    }
  }

  private static UnknownHostException unknown(String what, Exception why) {
    UnknownHostException unknown = new UnknownHostException(what);
    unknown.initCause(why);
    return unknown;
  }

  /// Nobody waits any longer.
  @Override
  public void close() {
    for (Runnable waiting : threads.shutdownNow()) {
      ((FutureTask<?>) waiting).cancel(false);
    }
  }
}
