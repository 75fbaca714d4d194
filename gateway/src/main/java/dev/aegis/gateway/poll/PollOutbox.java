package dev.aegis.gateway.poll;

import dev.aegis.gateway.session.Outbox;
import dev.aegis.protocol.ClassQueues;
import dev.aegis.protocol.Control;
import dev.aegis.protocol.EnvelopeCodec;
import dev.aegis.protocol.EnvelopeException;
import dev.aegis.protocol.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Keeps messages until they are asked for; control envelopes are for the session itself.
final class PollOutbox implements Outbox {
  private static final int MAX_MESSAGES = 1_024;
  private static final long MAX_BYTES = 8L << 20;

  private final Consumer<? super Control> controls;
  private final Runnable flushed;
  private final ClassQueues<byte[]> messages = new ClassQueues<>();
  private long bytes;

  /// @param controls what the gateway tells the agent
  /// @param flushed run when everything is offered that goes together
  PollOutbox(Consumer<? super Control> controls, Runnable flushed) {
    this.controls = controls;
    this.flushed = flushed;
  }

  @Override
  public void control(byte[] envelope) {
    controls.accept((Control) decode(envelope));
  }

  @Override
  public boolean offer(Priority priority, byte[] envelope) {
    if (messages.size() >= MAX_MESSAGES
        || (messages.size() > 0 && bytes + envelope.length > MAX_BYTES)) {
      return false;
    }
    messages.add(priority, envelope);
    bytes += envelope.length;
    return true;
  }

  @Override
  public void flush() {
    flushed.run();
  }

  @Override
  public boolean congested() {
    return false;
  }

  @Override
  public boolean choked() {
    return false;
  }

  @Override
  public void clear() {
    messages.clear();
    bytes = 0;
  }

  boolean isEmpty() {
    return messages.size() == 0;
  }

  int size() {
    return messages.size();
  }

  /// Takes up to so many out, the most urgent first.
  List<Control.Delivery> take(int limit) {
    List<Control.Delivery> taken = new ArrayList<>();
    for (byte[] next = messages.peek();
        next != null && taken.size() < limit;
        next = messages.peek()) {
      messages.remove();
      bytes -= next.length;
      taken.add((Control.Delivery) decode(next));
    }
    return taken;
  }

  private static Object decode(byte[] envelope) {
    try {
      return EnvelopeCodec.decode(envelope, 0, envelope.length);
    } catch (EnvelopeException e) {
      throw new IllegalStateException("the gateway wrote it itself", e);
    }
  }
}
