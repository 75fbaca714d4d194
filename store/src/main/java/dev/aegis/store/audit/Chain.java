package dev.aegis.store.audit;

import java.util.Locale;

/// Which chain of pages. One writer at a time adds to it, and nobody waits for the lock of another:
/// a gateway has chains of its own for as long as it runs.
///
/// @param organization whose trail it is part of
/// @param retention the class that its pages are kept by; another one begins another chain
/// @param journal the run of a gateway; 0 for checkpoints, which all gateways add to
public record Chain(String organization, Retention retention, Stream stream, long journal) {
  /// For what belongs to no organization.
  public static final String GATEWAY = "@gateway";

  /// What the pages hold.
  public enum Stream {
    /// The heads of the other chains, signed.
    CHECKPOINTS(0),
    /// Messages and what became of them.
    MESSAGES(1),
    /// Sessions and actions.
    EVENTS(2),
    /// Messages that no journal has, as they were passed on.
    BEST_EFFORT(3);

    private final int code;

    Stream(int code) {
      this.code = code;
    }

    /// The number in tables and formats.
    public int code() {
      return code;
    }

    /// The word in exports.
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// @throws IllegalArgumentException there is none
    public static Stream ofLabel(String label) {
      for (Stream stream : values()) {
        if (stream.label().equals(label)) {
          return stream;
        }
      }
      throw new IllegalArgumentException("no stream is called " + label);
    }

    /// @throws IllegalArgumentException there is none
    public static Stream ofCode(int code) {
      for (Stream stream : values()) {
        if (stream.code == code) {
          return stream;
        }
      }
      throw new IllegalArgumentException("no stream has the code " + code);
    }
  }

  /// The chain of the checkpoints of a trail.
  public static Chain checkpoints(String organization, Retention retention) {
    return new Chain(organization, retention, Stream.CHECKPOINTS, 0);
  }

  /// Such as `default/90/messages/17`.
  @Override
  public String toString() {
    return organization + '/' + retention.label() + '/' + stream.label() + '/' + journal;
  }
}
