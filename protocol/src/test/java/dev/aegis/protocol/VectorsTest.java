package dev.aegis.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aegis.protocol.vectors.VectorFile;
import dev.aegis.protocol.vectors.VectorJson;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The published test vectors are what the reference in `dev.aegis.protocol.reference` derives.
/// With `-Daegis.vectors.write=true` they are written anew.
class VectorsTest {
  @ParameterizedTest
  @EnumSource(VectorFile.class)
  void areWhatTheReferenceDerives(VectorFile file) throws Exception {
    String derived = VectorJson.toText(file.derive());
    if (Boolean.getBoolean("aegis.vectors.write")) {
      VectorJson.write(file.fileName(), derived);
    } else {
      assertThat(VectorJson.text(file.fileName())).isEqualTo(derived);
    }
  }
}
