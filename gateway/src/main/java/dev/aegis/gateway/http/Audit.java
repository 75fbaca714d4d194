package dev.aegis.gateway.http;

import dev.aegis.gateway.router.AuditLog;
import dev.aegis.store.StoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes down what admins did. Blocking.
final class Audit {
  /// The actor that holds the admin token.
  static final String ADMIN = "admin";

  private static final Logger log = LoggerFactory.getLogger(Audit.class);

  private final AuditLog entries;

  Audit(AuditLog entries) {
    this.entries = entries;
  }

  /// What was done is not undone where it cannot be written down: the log has it, and the caller
  /// learns of the failure.
  ///
  /// @param action a constant word
  /// @param detail no secrets
  void done(Caller caller, String action, String subject, @Nullable String detail) {
    done(caller.organization(), caller.actor(), action, subject, detail);
  }

  /// Likewise, in the trail of the agent that it was done to, or that did it.
  void done(String actor, String action, String subject, @Nullable String detail) {
    done(null, actor, action, subject, detail);
  }

  /// @param organization whose trail it belongs to, or null for that of the agent
  void done(
      @Nullable String organization,
      String actor,
      String action,
      String subject,
      @Nullable String detail) {
    try {
      entries.append(organization, actor, action, subject, detail);
    } catch (StoreException e) {
      log.error("not in the audit trail: {} did {} to {} ({})", actor, action, subject, detail);
      throw e;
    }
  }
}
