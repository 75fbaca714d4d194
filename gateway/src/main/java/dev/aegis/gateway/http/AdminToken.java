package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.function.Predicate;

/// The admin token of the data directory, which allows everything on the management port, for all
/// organizations or for the one that a header names.
final class AdminToken implements Authenticator {
  /// Whose agents, keys and rules a request is about.
  static final String ORGANIZATION = "Aegis-Organization";

  private final byte[] token;
  private final Predicate<String> organizations;

  /// @param organizations those that there are
  AdminToken(String token, Predicate<String> organizations) {
    this.token = token.getBytes(StandardCharsets.US_ASCII);
    this.organizations = organizations;
  }

  @Override
  public Caller authenticate(Request request) throws ProblemException {
    String bearer = request.bearer();
    if (bearer == null || !MessageDigest.isEqual(bearer.getBytes(StandardCharsets.UTF_8), token)) {
      throw new ProblemException(
          ProblemCode.UNAUTHORIZED, "show the token in admin.token of the data directory");
    }
    String organization = request.header(ORGANIZATION);
    if (organization == null) {
      return Caller.ADMIN;
    }
    if (!organizations.test(organization)) {
      throw ProblemException.invalid(ORGANIZATION + ": there is no organization of that name");
    }
    return Caller.adminOf(organization);
  }
}
