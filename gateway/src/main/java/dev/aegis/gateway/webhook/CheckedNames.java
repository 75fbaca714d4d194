package dev.aegis.gateway.webhook;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;

/// Looks names up for the HTTP client, which connects to what it gets here and to nothing else:
/// there is no second look-up that a name could answer otherwise.
///
/// The platform's look-up holds its thread up for as long as a server of names likes, so it has
/// threads of its own, not those that carry virtual threads, and few. Thread-safe.
final class CheckedNames implements DnsResolver, AutoCloseable {
  private static final int AT_ONCE = 32;
  private static final int MOST_ADDRESSES = 4;
  private static final long LONGEST_SECONDS = 5;

  private final AddressRules rules;
  private final ExecutorService lookUps =
      new ThreadPoolExecutor(
          0,
          AT_ONCE,
          30,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          Thread.ofPlatform().daemon().name("aegis-webhook-names-", 0).factory());

  CheckedNames(AddressRules rules) {
    this.rules = rules;
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

  private InetAddress[] lookUp(String host) throws UnknownHostException {
    Future<InetAddress[]> found;
    try {
      found = lookUps.submit(() -> InetAddress.getAllByName(host));
    } catch (RejectedExecutionException e) {
      throw unknown(host + ": too many names are being looked up", e);
    }
    try {
      return found.get(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw unknown(host, e);
    } catch (TimeoutException e) {
      throw unknown(host + ": not found in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unknown(host + ": interrupted", e);
    }
  }

  private static UnknownHostException unknown(String what, Exception why) {
    UnknownHostException unknown = new UnknownHostException(what);
    unknown.initCause(why);
    return unknown;
  }

  @Override
  public void close() {
    lookUps.shutdownNow();
  }
}
