package dev.aegis.gateway.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs as Standard Webhooks 1 says (standardwebhooks.com): HMAC-SHA256 over id, time and body,
/// once with each secret, so that a receiver may know either of two.
final class Signature {
  private static final String SECRET_PREFIX = "whsec_";
  private static final String VERSION = "v1,";

  private Signature() {}

  /// The value of `webhook-signature`.
  ///
  /// @param secrets as they were shown, `whsec_` and base64
  static String of(List<String> secrets, String id, long timestampSeconds, byte[] body) {
    byte[] head = (id + '.' + timestampSeconds + '.').getBytes(StandardCharsets.UTF_8);
    return secrets.stream()
        .map(secret -> VERSION + sign(key(secret), head, body))
        .collect(Collectors.joining(" "));
  }

  private static byte[] key(String secret) {
    if (!secret.startsWith(SECRET_PREFIX)) {
      throw new IllegalArgumentException("not a secret of a webhook");
    }
    return Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length()));
  }

  private static String sign(byte[] key, byte[] head, byte[] body) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(head);
      return Base64.getEncoder().encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
    }
  }
}
