package dev.aegis.client;

import dev.aegis.protocol.SequenceRanges;
import java.util.List;

/// The default [ProcessedLog]: a client's own memory is all there is.
enum ForgetfulLog implements ProcessedLog {
  INSTANCE;

  @Override
  public Remembered load() {
    return Remembered.nothing();
  }

  @Override
  public void finished(List<Processed> messages) {}

  @Override
  public void confirmed(long mailboxEpoch, SequenceRanges sequences) {}

  @Override
  public boolean isDurable() {
    return false;
  }
}
