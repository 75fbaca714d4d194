package dev.aegis.store;

/// What came of a change of the registry.
public sealed interface RegistryChange {
  record Done(RegisteredAgent agent) implements RegistryChange {}

  /// There is, or was, an agent of that id.
  record IdTaken() implements RegistryChange {}

  /// Another agent of the organization has that name.
  record NameTaken() implements RegistryChange {}

  /// Its version is another one by now, or it is gone.
  record Stale() implements RegistryChange {}
}
