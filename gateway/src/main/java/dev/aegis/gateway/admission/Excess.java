package dev.aegis.gateway.admission;

/// A message too many.
///
/// @param reason for the sender
/// @param waitMillis when one more will pass, if nothing else is sent until then; positive
public record Excess(String reason, long waitMillis) {}
