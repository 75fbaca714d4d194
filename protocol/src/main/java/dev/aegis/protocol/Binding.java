package dev.aegis.protocol;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// The channel binding values that one side can compute for its TLS connection, narrowed by its
/// policy.
public final class Binding {
  private final Map<BindingMode, byte[]> values;

  /// @param available the values by mode; that of NONE is implied
  public Binding(BindingPolicy policy, Map<BindingMode, byte[]> available) {
    this.values = new EnumMap<>(BindingMode.class);
    if (policy != BindingPolicy.OFF) {
      values.putAll(available);
    }
    if (policy == BindingPolicy.REQUIRED) {
      values.remove(BindingMode.NONE);
    } else {
      values.put(BindingMode.NONE, new byte[0]);
    }
  }

  /// The modes, as bits.
  int offered() {
    int bits = 0;
    for (BindingMode mode : values.keySet()) {
      bits |= mode.wire();
    }
    return bits;
  }

  /// The strongest mode that both can do.
  Optional<BindingMode> choose(int offeredByPeer) {
    for (BindingMode mode :
        new BindingMode[] {
          BindingMode.TLS_EXPORTER, BindingMode.TLS_SERVER_END_POINT, BindingMode.NONE
        }) {
      if (values.containsKey(mode) && (offeredByPeer & mode.wire()) != 0) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }

  /// The value of a mode given by its wire number, if this side can do it.
  Optional<byte[]> value(int wire) {
    for (Map.Entry<BindingMode, byte[]> entry : values.entrySet()) {
      if (entry.getKey().wire() == wire) {
        return Optional.of(entry.getValue());
      }
    }
    return Optional.empty();
  }
}
