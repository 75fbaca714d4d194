package dev.aegis.protocol;

/// One MessagePack array of a flight: a message of an application, or a control envelope
/// (PROTOCOL.md section 6).
public sealed interface Envelope permits Message, Control {
  Kind kind();
}
