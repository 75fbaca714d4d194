package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.StoreException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What stands between HTTP and the operations: finds the route, checks who calls, what it may do
/// and what it asks, and turns every failure into a problem document. Thread-safe; blocking.
final class Api {
  private static final Logger log = LoggerFactory.getLogger(Api.class);

  private final RouteTable table;
  private final Authenticator authenticator;
  private final @Nullable Idempotency idempotency;
  private final Observer observer;

  /// Who is told of what was answered. Thread-safe.
  interface Observer {
    /// @param route null where there is none for what was asked
    void answered(@Nullable Route route, int status, long nanos);
  }

  /// The route of a request, once it is found.
  private static final class Found {
    @Nullable Route route;
  }

  /// @param idempotency null where no route takes an Idempotency-Key
  Api(
      RouteTable table,
      Authenticator authenticator,
      @Nullable Idempotency idempotency,
      Observer observer) {
    this.table = table;
    this.authenticator = authenticator;
    this.idempotency = idempotency;
    this.observer = observer;
  }

  /// Nobody is told of what was answered.
  Api(RouteTable table, Authenticator authenticator, @Nullable Idempotency idempotency) {
    this(table, authenticator, idempotency, (_, _, _) -> {});
  }

  RouteTable table() {
    return table;
  }

  Reply answer(Request request) {
    long began = System.nanoTime();
    Found found = new Found();
    Reply reply = answer(request, found);
    observer.answered(found.route, reply.status(), System.nanoTime() - began);
    return reply;
  }

  private Reply answer(Request request, Found found) {
    try {
      return run(request, found);
    } catch (ProblemException e) {
      Reply reply = e.reply();
      return e.code() == ProblemCode.UNAUTHORIZED
          ? reply.with("WWW-Authenticate", "Bearer")
          : reply;
    } catch (StoreException.TooLong e) {
      log.info("{} {} takes too long: {}", request.method(), request.path(), e.getMessage());
      return Reply.problem(
          ProblemCode.RANGE_TOO_LONG,
          "ask for a shorter range, for less at once, or when the database has less to do");
    } catch (StoreException e) {
      log.warn("{} {} failed: {}", request.method(), request.path(), e.getMessage());
      return Reply.problem(
          ProblemCode.STORE_UNAVAILABLE, "the database does not answer; try again later");
    } catch (RuntimeException e) {
      log.warn("{} {} failed by an error of our own", request.method(), request.path(), e);
      return Reply.problem(ProblemCode.INTERNAL_ERROR, "see the gateway's log");
    }
  }

  private Reply run(Request request, Found found) throws ProblemException {
    Target target = Target.parse(request.uri());
    RouteTable.Match match =
        table
            .find(target.segments())
            .orElseThrow(() ->
                new ProblemException(
                    ProblemCode.NOT_FOUND, "no such resource; see /api/v1/openapi.json"));
    Route route = match.route(request.method().equals("HEAD") ? "GET" : request.method());
    if (route == null) {
      return other(request, match);
    }
    found.route = route;
    Caller caller = Caller.ANYBODY;
    if (route.scope() != null) {
      caller = authenticator.authenticate(request);
      if (route.orScope() == null || !caller.may(route.orScope())) {
        check(caller, route.scope());
      }
    }
    check(route, target.query());
    if (request.body().length > route.maxBodyBytes()) {
      throw new ProblemException(
          ProblemCode.BODY_TOO_LARGE, "the body may have " + route.maxBodyBytes() + " bytes");
    }
    return run(route, request, match.variables(), target.query(), caller);
  }

  private Reply run(
      Route route,
      Request request,
      Map<String, String> variables,
      Map<String, List<String>> query,
      Caller caller)
      throws ProblemException {
    Idempotency.Work work =
        newId -> route.operation().run(new Call(request, variables, query, caller, newId));
    Idempotency once = idempotency;
    if (once == null) {
      return work.run(() -> {
        throw new IllegalStateException("nothing here makes ids");
      });
    }
    String key = route.repeatable() ? request.header(Idempotency.HEADER) : null;
    return key == null ? work.run(once.ids()) : once.run(caller, request, key, work);
  }

  private static Reply other(Request request, RouteTable.Match match) {
    String allow = match.allow();
    return request.method().equals("OPTIONS")
        ? Reply.empty(204).with("Allow", allow)
        : Reply.problem(ProblemCode.METHOD_NOT_ALLOWED, "here are " + allow).with("Allow", allow);
  }

  static void check(Caller caller, Scope scope) throws ProblemException {
    if (!caller.may(scope)) {
      throw new ProblemException(
          ProblemCode.FORBIDDEN, "this needs a key with the scope " + scope.label());
    }
  }

  /// What may be asked: what was asked is not repeated, as it could be anything.
  private static String known(Route route) {
    Set<String> names = new TreeSet<>(route.once());
    names.addAll(route.often());
    return names.isEmpty()
        ? "there are no parameters here"
        : "the parameters here are " + String.join(", ", names);
  }

  private static void check(Route route, Map<String, List<String>> query) throws ProblemException {
    for (Map.Entry<String, List<String>> parameter : query.entrySet()) {
      if (route.often().contains(parameter.getKey())) {
        continue;
      }
      if (!route.once().contains(parameter.getKey())) {
        throw new ProblemException(ProblemCode.UNKNOWN_PARAMETER, known(route));
      }
      if (parameter.getValue().size() > 1) {
        throw new ProblemException(
            ProblemCode.DUPLICATE_PARAMETER, parameter.getKey() + " may come once");
      }
    }
  }
}
