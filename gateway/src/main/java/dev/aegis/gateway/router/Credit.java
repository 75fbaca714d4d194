package dev.aegis.gateway.router;

import dev.aegis.protocol.Control;
import org.jspecify.annotations.Nullable;

/// What one agent may still send: totals since its session began (PROTOCOL.md section 9). What has
/// been dealt with gives its share back. Confined to the session's loop.
final class Credit {
  private final long windowMessages;
  private final long windowBytes;
  private final int unsignedMessages;
  private long usedMessages;
  private long usedBytes;
  private long returnedMessages;
  private long returnedBytes;
  private long toldMessages;
  private long toldBytes;

  /// @param unsignedMessages more that pass while a signature is awaited: it may stand behind them
  Credit(long windowMessages, long windowBytes, int unsignedMessages) {
    this.windowMessages = windowMessages;
    this.windowBytes = windowBytes;
    this.unsignedMessages = unsignedMessages;
    this.toldMessages = windowMessages;
    this.toldBytes = windowBytes;
  }

  boolean allows(int bytes, boolean awaitsSignature) {
    long messages = usedMessages - returnedMessages;
    long outstanding = usedBytes - returnedBytes;
    if (messages == 0) {
      return true;
    }
    long extraMessages = awaitsSignature ? unsignedMessages : 0;
    long extraBytes = awaitsSignature ? windowBytes : 0;
    return messages < windowMessages + extraMessages
        && outstanding + bytes <= windowBytes + extraBytes;
  }

  void use(int bytes) {
    usedMessages++;
    usedBytes += bytes;
  }

  void giveBack(long messages, long bytes) {
    returnedMessages += messages;
    returnedBytes += bytes;
  }

  /// The new totals, once a quarter of the window has come back since they were last told.
  Control.@Nullable Credit raise(YieldingWindow window) {
    long messages = Math.max(toldMessages, returnedMessages + window.granted());
    long bytes = returnedBytes + windowBytes;
    if (messages - toldMessages < Math.max(1, window.messages() / 4)
        && bytes - toldBytes < windowBytes / 4) {
      return null;
    }
    toldMessages = messages;
    toldBytes = bytes;
    return new Control.Credit(messages, bytes);
  }
}
