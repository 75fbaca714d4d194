package dev.aegis.protocol.reference;

import java.security.SecureRandom;
import java.util.Arrays;

/// A source of randomness that gives out bytes written down beforehand, once, and nothing else. How
/// they are divided into calls does not matter.
public final class FixedRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  private final byte[] script;
  private int used;

  public FixedRandom(byte[]... script) {
    this.script = Octets.concat(script);
  }

  @Override
  public void nextBytes(byte[] bytes) {
    if (bytes.length > script.length - used) {
      throw new IllegalStateException("more randomness is asked for than was written down");
    }
    System.arraycopy(script, used, bytes, 0, bytes.length);
    used += bytes.length;
  }

  /// True when everything written down was taken.
  public boolean isUsedUp() {
    return used == script.length;
  }

  @Override
  public String toString() {
    return "FixedRandom of " + Arrays.hashCode(script);
  }
}
