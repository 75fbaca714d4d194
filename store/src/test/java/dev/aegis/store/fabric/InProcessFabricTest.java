package dev.aegis.store.fabric;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class InProcessFabricTest extends FabricContract {
  private final InProcessHub hub = new InProcessHub();

  @Override
  Fabric openNode(FabricNode node, FabricLimits limits, FabricListener listener) {
    return InProcessFabric.open(hub, node, limits, listener);
  }

  @Override
  void crash(Fabric fabric) {} // it would take the others along

  @Test
  void refusesASecondNodeOfOneId() {
    open(1, new RecordingFabricListener());
    assertThatThrownBy(() -> open(1, new RecordingFabricListener()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
