package dev.aegis.gateway.webhook;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/// Looks names up for the HTTP client, which connects to what it gets here and to nothing else:
/// there is no second look-up that a name could answer otherwise.
///
/// The platform's look-up holds its thread up for as long as a server of names likes, so it has
/// threads of its own, not those that carry virtual threads, and few. An organization has a part of
/// them at most, so that names that hang hold up whose they are; what finds no free one waits for
/// its turn, behind those of its organization only. One name has one look-up at a time for an
/// organization. Thread-safe.
final class CheckedNames implements DnsResolver, AutoCloseable {
  /// The organization that asks: the HTTP client, which is in between, knows names only.
  static final ScopedValue<String> ORGANIZATION = ScopedValue.newInstance();

  private static final int AT_ONCE = 64;
  private static final int AT_ONCE_OF_ONE = 8;
  private static final int MOST_ADDRESSES = 4;
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final AddressRules rules;
  private final Finder finder;
  private final Duration longest;

  /// By organization, of those that look something up. Guarded by itself.
  private final Map<String, Share> shares = new LinkedHashMap<>();

  private final ThreadPoolExecutor threads;
  private int running; // guarded by shares

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
    // Nothing waits in its queue, but for a thread that is about to be free.
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
    return resolve(ORGANIZATION.get(), host);
  }

  private InetAddress[] resolve(String organization, String host) throws UnknownHostException {
    InetAddress[] allowed =
        Arrays.stream(lookUp(organization, host))
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
    synchronized (shares) {
      return shares.values().stream().mapToInt(share -> share.waiting.size()).sum();
    }
  }

  /// How many wait for an answer.
  int asking() {
    synchronized (shares) {
      return shares.values().stream()
          .flatMap(share -> share.underWay.values().stream())
          .mapToInt(lookUp -> lookUp.askers)
          .sum();
    }
  }

  /// What an organization looks up. The queue has a bound: what nobody waits for any more is taken
  /// out, and who waits is bounded.
  private static final class Share {
    final Map<String, LookUp> underWay = new HashMap<>();
    final ArrayDeque<LookUp> waiting = new ArrayDeque<>();
    int running;
  }

  /// One of a name, for all of an organization who ask meanwhile. What it has is guarded by shares.
  private final class LookUp extends FutureTask<InetAddress[]> {
    private final String organization;
    private final String host;
    private final Share share;
    private int askers;
    private boolean begun;

    LookUp(String organization, String host, Share share) {
      super(() -> finder.find(host));
      this.organization = organization;
      this.host = host;
      this.share = share;
    }

    @Override
    protected void done() {
      synchronized (shares) {
        share.underWay.remove(host);
        if (begun) {
          share.running--;
          running--;
        }
        if (share.underWay.isEmpty()) {
          shares.remove(organization);
        }
        beginWhatMay();
      }
    }

    boolean begun() {
      synchronized (shares) {
        return begun;
      }
    }

    /// What nobody waits for is not begun.
    void leave() {
      synchronized (shares) {
        askers--;
        if (askers == 0 && share.waiting.remove(this)) {
          cancel(false);
        }
      }
    }
  }

  private LookUp join(String organization, String host) throws UnknownHostException {
    synchronized (shares) {
      if (threads.isShutdown()) {
        throw new UnknownHostException(host + ": stopped");
      }
      Share share = shares.computeIfAbsent(organization, _ -> new Share());
      LookUp lookUp = share.underWay.get(host);
      if (lookUp == null) {
        lookUp = new LookUp(organization, host, share);
        share.underWay.put(host, lookUp);
        share.waiting.add(lookUp);
        beginWhatMay();
      }
      lookUp.askers++;
      return lookUp;
    }
  }

  /// As many as there are threads for: of the organization with the fewest first. Under the lock.
  private void beginWhatMay() {
    while (running < AT_ONCE && !threads.isShutdown()) {
      Share next =
          shares.values().stream()
              .filter(share -> share.running < AT_ONCE_OF_ONE && !share.waiting.isEmpty())
              .min(Comparator.comparingInt(share -> share.running))
              .orElse(null);
      if (next == null) {
        return;
      }
      LookUp lookUp = next.waiting.remove();
      lookUp.begun = true;
      next.running++;
      running++;
      threads.execute(lookUp);
    }
  }

  private InetAddress[] lookUp(String organization, String host) throws UnknownHostException {
    LookUp lookUp = join(organization, host);
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
    List<LookUp> left = new ArrayList<>();
    synchronized (shares) {
      threads.shutdownNow();
      shares.values().forEach(share -> left.addAll(share.underWay.values()));
    }
    left.forEach(lookUp -> lookUp.cancel(true));
  }
}
