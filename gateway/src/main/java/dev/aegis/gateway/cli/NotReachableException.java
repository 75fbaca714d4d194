package dev.aegis.gateway.cli;

import java.io.IOException;

/// No gateway answers on the management port.
final class NotReachableException extends IOException {
  private static final long serialVersionUID = 1L;

  NotReachableException(String message) {
    super(message);
  }
}
