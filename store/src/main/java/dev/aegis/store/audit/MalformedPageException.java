package dev.aegis.store.audit;

/// Bytes that no gateway wrote as a page's body. The message says what is wrong.
public final class MalformedPageException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedPageException(String message) {
    super(message);
  }
}
