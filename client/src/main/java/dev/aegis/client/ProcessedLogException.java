package dev.aegis.client;

import java.io.IOException;

/// What the client had finished before cannot be read, so that it cannot keep exactly-once; the
/// cause says why.
public final class ProcessedLogException extends AegisException {
  private static final long serialVersionUID = 1L;

  ProcessedLogException(IOException cause) {
    super("cannot read the processed log: " + cause.getMessage());
    initCause(cause);
  }
}
