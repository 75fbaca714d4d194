package dev.aegis.client;

/// What can go wrong when talking through a gateway; the subclasses say what. Unchecked: an
/// application that cares catches the one it can do something about.
public abstract sealed class AegisException extends RuntimeException
    permits ConnectionClosedException,
        HandlerFailedException,
        InvalidOperationException,
        NotConnectedException,
        OutcomeUnknownException,
        ProcessedLogException,
        QueueFullException,
        RefusedException,
        RequestTimeoutException,
        UntrustedGatewayException {
  private static final long serialVersionUID = 1L;

  AegisException(String message) {
    super(message);
  }
}
