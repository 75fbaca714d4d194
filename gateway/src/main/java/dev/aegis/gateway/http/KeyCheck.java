package dev.aegis.gateway.http;

import dev.aegis.gateway.problem.ProblemCode;
import dev.aegis.store.ApiKey;
import dev.aegis.store.ApiKeyStore;
import java.util.Optional;

/// Checks the API keys of the REST API. A key has 256 random bits and is looked up by its SHA-256:
/// what a look-up's time could tell is something about the hash of a guess, which helps nobody to
/// guess the key.
final class KeyCheck implements Authenticator {
  private final ApiKeyStore keys;

  KeyCheck(ApiKeyStore keys) {
    this.keys = keys;
  }

  @Override
  public Caller authenticate(Request request) throws ProblemException {
    String bearer = request.bearer();
    Optional<ApiKey> key = bearer == null ? Optional.empty() : keys.find(ApiKeyStore.hash(bearer));
    return Caller.of(
        key.orElseThrow(() ->
            new ProblemException(
                ProblemCode.UNAUTHORIZED, "show an API key: Authorization: Bearer KEY")));
  }
}
