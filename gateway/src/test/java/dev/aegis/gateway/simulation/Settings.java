package dev.aegis.gateway.simulation;

import dev.aegis.gateway.delivery.MailboxBounds;
import dev.aegis.gateway.delivery.RetrySettings;

/// How large a simulated world is and how often what fails. Times in virtual milliseconds.
///
/// @param messages how many messages are sent
/// @param crashEvery mean time between kills of the gateway, 0 for none; likewise the others
record Settings(
    int agents,
    int messages,
    int crashEvery,
    int outageEvery,
    int cutEvery,
    int agentCrashEvery,
    int takeoverEvery,
    int clockStepEvery,
    int mailboxMessages) {
  static final MailboxBounds BOUNDS = new MailboxBounds(12, 2_000, 8, 1_500, 50);
  static final RetrySettings RETRIES = new RetrySettings(3, 2_000, 20, 400, 3, 5);
  static final long HELD_BYTES = 5_000;
  static final int QUEUE_ENTRIES = 64;
  static final int SEGMENT_ENTRIES = 20;

  /// Everything fails now and then.
  static Settings rough(int messages) {
    return new Settings(5, messages, 900, 1_200, 250, 700, 900, 2_000, 60);
  }

  Settings withMessages(int count) {
    return new Settings(
        agents,
        count,
        crashEvery,
        outageEvery,
        cutEvery,
        agentCrashEvery,
        takeoverEvery,
        clockStepEvery,
        mailboxMessages);
  }

  /// Without one kind of failure, numbered from 0.
  Settings without(int kind) {
    return new Settings(
        agents,
        messages,
        kind == 0 ? 0 : crashEvery,
        kind == 1 ? 0 : outageEvery,
        kind == 2 ? 0 : cutEvery,
        kind == 3 ? 0 : agentCrashEvery,
        kind == 4 ? 0 : takeoverEvery,
        kind == 5 ? 0 : clockStepEvery,
        mailboxMessages);
  }

  static final int KINDS_OF_FAILURE = 6;
}
