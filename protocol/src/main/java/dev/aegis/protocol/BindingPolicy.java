package dev.aegis.protocol;

/// What a side asks of channel binding.
public enum BindingPolicy {
  REQUIRED,
  IF_AVAILABLE,
  /// TLS ends at a proxy in front of the gateway.
  OFF
}
