package dev.aegis.client;

import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.InvalidKeyException;
import java.security.SecureRandom;
import java.util.Base64;

/// Key files of agents: the base64 of an Ed25519 seed on one line, readable by its owner only.
public final class Identity {
  private static final Primitives PRIMITIVES = Primitives.select();

  private Identity() {}

  /// The primitives this process chose.
  public static Primitives primitives() {
    return PRIMITIVES;
  }

  public static SigningKey generate(SecureRandom random) {
    return PRIMITIVES.ed25519().generate(random);
  }

  /// @throws IOException no such file, or not a key file
  public static SigningKey load(Path file) throws IOException {
    try {
      byte[] seed = Base64.getDecoder().decode(Files.readString(file).strip());
      return PRIMITIVES.ed25519().signingKey(seed);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not an agent key: one line of base64, 32 bytes", e);
    }
  }

  /// Writes a new key file; never over an old one.
  public static void save(SigningKey key, Path file) throws IOException {
    String line = Base64.getEncoder().encodeToString(key.seed()) + "\n";
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, line, StandardCharsets.US_ASCII, StandardOpenOption.WRITE);
    } else {
      Files.writeString(file, line, StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
    }
  }

  /// A public key as gateways and tools print it.
  ///
  /// @throws IllegalArgumentException not base64 of an acceptable key
  public static VerifyingKey publicKey(String base64) {
    try {
      return PRIMITIVES.ed25519().verifyingKey(Base64.getDecoder().decode(base64.strip()));
    } catch (InvalidKeyException | IllegalArgumentException e) {
      throw new IllegalArgumentException("not a public key: " + base64, e);
    }
  }
}
