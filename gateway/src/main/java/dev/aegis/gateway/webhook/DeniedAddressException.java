package dev.aegis.gateway.webhook;

import java.io.Serial;
import java.net.UnknownHostException;

/// A name leads nowhere that messages may be posted to.
final class DeniedAddressException extends UnknownHostException {
  @Serial private static final long serialVersionUID = 1;

  DeniedAddressException(String host) {
    super(host + " has no address that messages may be posted to");
  }
}
