package dev.aegis.gateway.router;

import dev.aegis.gateway.delivery.MailboxBounds;
import dev.aegis.gateway.delivery.RetrySettings;
import dev.aegis.protocol.Limits;

/// What the router needs of the configuration. Times in milliseconds.
///
/// @param heldBytes most bytes of stored messages that wait in memory for room, all mailboxes
///   together
/// @param creditMessages messages an agent may have under way at once
/// @param creditBytes envelope bytes an agent may have under way at once
/// @param mailboxMessages most open messages of a mailbox
/// @param mailboxBytes most open bytes of a mailbox
/// @param retryMillis the hint where room or the store is missing
/// @param capabilities the capabilities the gateway honours
/// @param version told in `welcome`
public record RouterSettings(
    Limits limits,
    MailboxBounds mailbox,
    TopicBounds topics,
    RetrySettings retries,
    long heldBytes,
    int creditMessages,
    long creditBytes,
    long mailboxMessages,
    long mailboxBytes,
    long retryMillis,
    long heartbeatMillis,
    int capabilities,
    String version) {
  public static RouterSettings defaults(String version) {
    return new RouterSettings(
        Limits.defaults(),
        MailboxBounds.defaults(),
        TopicBounds.defaults(),
        RetrySettings.defaults(),
        128L << 20,
        8_192,
        16L << 20,
        100_000,
        256L << 20,
        1_000,
        15_000,
        1,
        version);
  }

  public RouterSettings withVersion(String told) {
    return new RouterSettings(
        limits,
        mailbox,
        topics,
        retries,
        heldBytes,
        creditMessages,
        creditBytes,
        mailboxMessages,
        mailboxBytes,
        retryMillis,
        heartbeatMillis,
        capabilities,
        told);
  }
}
