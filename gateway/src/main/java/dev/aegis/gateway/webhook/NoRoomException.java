package dev.aegis.gateway.webhook;

import java.io.Serial;
import java.net.UnknownHostException;

/// So many names are being looked up that this one's turn has not come.
final class NoRoomException extends UnknownHostException {
  @Serial private static final long serialVersionUID = 1L;

  NoRoomException(String host) {
    super(host + ": too many names are being looked up");
  }
}
