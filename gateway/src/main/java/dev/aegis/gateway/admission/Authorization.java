package dev.aegis.gateway.admission;

/// Who may reach whom: agents of one organization reach each other, nobody else.
public final class Authorization {
  private Authorization() {}

  public static boolean mayReach(String senderOrganization, String recipientOrganization) {
    return senderOrganization.equals(recipientOrganization);
  }
}
