package dev.aegis.client;

import dev.aegis.protocol.Control;
import dev.aegis.protocol.Limits;

/// What a [ScriptedSession] tells in its welcome; a test changes what it is about.
record Greeting(
    long mailboxEpoch,
    long nextSequence,
    int maxRecordBytes,
    int maxPayloadBytes,
    boolean signing,
    long heartbeatMillis,
    long creditMessages,
    long creditBytes) {
  Greeting() {
    this(
        7,
        1,
        Limits.defaults().maxRecordBytes(),
        Limits.defaults().maxPayloadBytes(),
        true,
        60_000,
        8_192,
        16L << 20);
  }

  Greeting withMailbox(long epoch, long next) {
    return new Greeting(
        epoch,
        next,
        maxRecordBytes,
        maxPayloadBytes,
        signing,
        heartbeatMillis,
        creditMessages,
        creditBytes);
  }

  Greeting withLimits(int record, int payload) {
    return new Greeting(
        mailboxEpoch,
        nextSequence,
        record,
        payload,
        signing,
        heartbeatMillis,
        creditMessages,
        creditBytes);
  }

  Greeting withoutSigning() {
    return new Greeting(
        mailboxEpoch,
        nextSequence,
        maxRecordBytes,
        maxPayloadBytes,
        false,
        heartbeatMillis,
        creditMessages,
        creditBytes);
  }

  Greeting withHeartbeat(long millis) {
    return new Greeting(
        mailboxEpoch,
        nextSequence,
        maxRecordBytes,
        maxPayloadBytes,
        signing,
        millis,
        creditMessages,
        creditBytes);
  }

  Greeting withCredit(long messages, long bytes) {
    return new Greeting(
        mailboxEpoch,
        nextSequence,
        maxRecordBytes,
        maxPayloadBytes,
        signing,
        heartbeatMillis,
        messages,
        bytes);
  }

  Control.Welcome welcome(String agentId) {
    return new Control.Welcome(
        agentId,
        new byte[32],
        1,
        mailboxEpoch,
        nextSequence,
        0,
        maxRecordBytes,
        maxPayloadBytes,
        signing,
        heartbeatMillis,
        creditMessages,
        creditBytes,
        1_000,
        "scripted");
  }
}
