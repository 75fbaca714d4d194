package dev.aegis.client;

/// As many messages wait to be sent as the options allow; send again when some have left.
public final class QueueFullException extends AegisException {
  private static final long serialVersionUID = 1L;

  QueueFullException(String message) {
    super(message);
  }
}
