package dev.aegis.gateway.admission;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who may reach whom: agents of one organization reach each other; those of another only by a rule
/// that the recipient's organization has made, and only one by one. Broadcasts, topics and control
/// envelopes stay within the organization. Any thread.
public final class Authorization {
  private volatile Set<Rule> rules = Set.of();

  /// @param type the only type of message, or null for any
  public record Rule(String from, String to, @Nullable String type) {}

  /// From now on these rules count.
  public void allow(Set<Rule> allowed) {
    rules = new HashSet<>(allowed);
  }

  /// For a message of that type to one agent.
  public boolean maySend(String senderOrganization, String recipientOrganization, String type) {
    if (mayReach(senderOrganization, recipientOrganization)) {
      return true;
    }
    Set<Rule> now = rules;
    return !now.isEmpty()
        && (now.contains(new Rule(senderOrganization, recipientOrganization, null))
            || now.contains(new Rule(senderOrganization, recipientOrganization, type)));
  }

  /// For everything else.
  public static boolean mayReach(String senderOrganization, String recipientOrganization) {
    return senderOrganization.equals(recipientOrganization);
  }
}
