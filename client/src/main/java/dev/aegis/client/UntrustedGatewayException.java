package dev.aegis.client;

/// The gateway did not have the pinned identity key. Nothing about the agent was told to it.
public final class UntrustedGatewayException extends AegisException {
  private static final long serialVersionUID = 1L;

  UntrustedGatewayException(String message) {
    super(message);
  }
}
