package dev.aegis.store;

import java.sql.SQLException;
import java.sql.SQLNonTransientException;
import org.jspecify.annotations.Nullable;

/// The store could not do what was asked. Its type says whether asking again may help. The message
/// is for logs, not for peers.
public abstract sealed class StoreException extends RuntimeException {
  private StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The database cannot be reached or is overloaded: the same call may work later.
  public static final class Unavailable extends StoreException {
    public Unavailable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// The store will never do this: asking again does not help.
  public static final class Rejected extends StoreException {
    public Rejected(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// To answer it would take longer than a question may: less may work.
  public static final class TooLong extends StoreException {
    public TooLong(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// Another gateway of the cluster has the mailbox by now: ask that one.
  public static final class Moved extends StoreException {
    public Moved(String message) {
      super(message, null);
    }
  }

  /// There is no room for it where it would be stored: later there may be.
  public static final class Full extends StoreException {
    private final boolean mailbox;

    /// @param mailbox whether the recipient's mailbox is full, and not the gateway that owns it
    public Full(boolean mailbox) {
      super(mailbox ? "the mailbox is full" : "the mailbox's gateway is out of room", null);
      this.mailbox = mailbox;
    }

    /// Whether the recipient's mailbox is full, and not the gateway that owns it.
    public boolean mailbox() {
      return mailbox;
    }
  }

  /// Whether another gateway of the cluster has taken over the journal of this one, or is about to:
  /// it ends the connections, and lets no new ones in.
  public boolean takenOver() {
    for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        switch (sql.getSQLState()) {
          case "42501", "55P03", "57P01" -> {
            return true;
          }
          default -> {}
        }
      }
    }
    return false;
  }

  /// Sorts by SQLSTATE class: data, constraint, syntax and access errors do not go away.
  static StoreException of(String what, SQLException cause) {
    return lasting(cause) ? new Rejected(what, cause) : new Unavailable(what, cause);
  }

  private static boolean lasting(SQLException cause) {
    String state = cause.getSQLState();
    if (state == null || state.length() < 2) {
      return cause instanceof SQLNonTransientException;
    }
    return switch (state.substring(0, 2)) {
      case "21", "22", "23", "2F", "42", "44" -> true;
      default -> false;
    };
  }
}
