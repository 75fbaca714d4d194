package dev.aegis.protocol.reference;

/// All that two sides bring into a handshake. The ML-KEM inputs are used in suite 2 only.
///
/// @param bindingModes those that the agent offers
/// @param bindingMode the one that the gateway chooses
/// @param authority as the agent sends it
public record HandshakeInputs(
    int suite,
    int suitesOffered,
    String subprotocol,
    String authority,
    byte[] clusterId,
    int bindingModes,
    int bindingMode,
    byte[] bindingValue,
    Agent agent,
    Gateway gateway) {

  /// @param mlKemSeed d ‖ z of FIPS 203
  public record Agent(
      byte[] identitySeed,
      String id,
      String joinToken,
      long mailboxEpoch,
      long mailboxCursor,
      int capabilities,
      byte[] random,
      byte[] x25519Private,
      byte[] mlKemSeed) {}

  /// @param mlKemRandomness m of FIPS 203
  public record Gateway(
      byte[] identitySeed,
      int policy,
      int largestRecord,
      byte[] random,
      byte[] x25519Private,
      byte[] mlKemRandomness) {}

  public boolean hybrid() {
    return suite == 2;
  }
}
