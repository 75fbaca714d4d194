package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// The admin token of the data directory, which allows everything on the management port.
final class AdminToken implements Authenticator {
  private final byte[] token;

  AdminToken(String token) {
    this.token = token.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public Caller authenticate(Request request) throws ProblemException {
    String bearer = request.bearer();
    if (bearer == null || !MessageDigest.isEqual(bearer.getBytes(StandardCharsets.UTF_8), token)) {
      throw new ProblemException(
          ProblemCode.UNAUTHORIZED, "show the token in admin.token of the data directory");
    }
    return Caller.ADMIN;
  }
}
