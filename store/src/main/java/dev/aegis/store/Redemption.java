package dev.aegis.store;

/// What came of redeeming a join token.
public enum Redemption {
  /// The agent is enrolled with its key; the token is spent.
  JOINED,
  /// No such token, or spent, or expired, or for another agent.
  BAD_TOKEN,
  /// The agent has a key already, was revoked, or belongs to another organization; the token is
  /// still good.
  AGENT_EXISTS
}
