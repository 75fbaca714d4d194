package dev.aegis.store.statistics;

/// How a message ended.
public enum Ending {
  PROCESSED,
  FAILED,
  EXPIRED,
  DEAD
}
