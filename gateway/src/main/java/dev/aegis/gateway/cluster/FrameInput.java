package dev.aegis.gateway.cluster;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;

/// The bytes of a frame. What is left of them is read into an array of just that size: the stream's
/// own way takes 16 KiB first, for each message that comes from another node.
final class FrameInput extends DataInputStream {
  FrameInput(byte[] frame) {
    super(new ByteArrayInputStream(frame));
  }

  @Override
  public byte[] readAllBytes() throws IOException {
    return readNBytes(available());
  }
}
