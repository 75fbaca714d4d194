package dev.aegis.gateway.config;

import dev.aegis.crypto.DevCertificate;
import dev.aegis.crypto.Primitives;
import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.StorageCipher;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// The files a gateway keeps: made on first use, readable by their owner only, replaced atomically.
/// Only one gateway at a time has the directory open.
public final class DataDirectory implements AutoCloseable {
  private static final Duration CERTIFICATE_VALIDITY = Duration.ofDays(397);
  private static final Set<StandardOpenOption> LOCK_OPTIONS =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

  private final Path root;
  private final Path keys;
  private final SecureRandom random;
  private final FileChannel lock;

  private DataDirectory(Path root, Path keys, SecureRandom random, FileChannel lock) {
    this.root = root;
    this.keys = keys;
    this.random = random;
    this.lock = lock;
  }

  /// Takes the directory, until it is closed or this process ends.
  ///
  /// @throws IOException the directory cannot be made, or another gateway has it: the message names
  ///   its process
  public static DataDirectory open(Path directory, SecureRandom random) throws IOException {
    return open(directory, directory, random);
  }

  /// @param shared where the keys are that the nodes of a cluster share; several may have it open
  /// @throws IOException likewise
  public static DataDirectory open(Path directory, Path shared, SecureRandom random)
      throws IOException {
    Path keys = shared.toAbsolutePath().normalize();
    Files.createDirectories(keys, ownerOnly("rwx------"));
    Path root = directory.toAbsolutePath().normalize();
    Files.createDirectories(root, ownerOnly("rwx------"));
    Path file = root.resolve("gateway.lock");
    FileChannel channel = FileChannel.open(file, LOCK_OPTIONS, ownerOnly("rw-------"));
    boolean held = false;
    try {
      held = locked(channel);
      if (!held) {
        throw new IOException(
            "another gateway (process "
                + Files.readString(file).strip()
                + ") uses the data directory "
                + root
                + "; stop it, or choose another with "
                + Settings.DATA_DIR.flag());
      }
      channel.truncate(0);
      channel.write(StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
      return new DataDirectory(root, keys, random, channel);
    } finally {
      if (!held) {
        channel.close();
      }
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException _) {
      return false; // this very process has it
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  public Path root() {
    return root;
  }

  /// The gateway's identity, which agents pin; its public half is beside it for people and tools.
  public SigningKey identity(Primitives primitives) throws IOException {
    Path file = keys.resolve("gateway.key");
    if (!Files.exists(file)) {
      writeFirst(file, base64(primitives.ed25519().generate(random).seed()));
    }
    SigningKey key = primitives.ed25519().signingKey(Base64.getDecoder().decode(read(file)));
    write(publicKeyFile(root), key.verifyingKey().toString());
    return key;
  }

  public static Path publicKeyFile(Path dataDir) {
    return dataDir.resolve("gateway.pub");
  }

  public static Path adminTokenFile(Path dataDir) {
    return dataDir.resolve("admin.token");
  }

  public static Path managementFile(Path dataDir) {
    return dataDir.resolve("management.url");
  }

  /// What the sealed rows and segments are sealed with.
  public StorageCipher storageCipher() throws IOException {
    Path file = keys.resolve("storage.keyset");
    if (!Files.exists(file)) {
      writeFirst(file, base64(StorageCipher.newKeyset()));
    }
    return StorageCipher.fromKeyset(Base64.getDecoder().decode(read(file)));
  }

  public UUID clusterId() throws IOException {
    Path file = keys.resolve("cluster.id");
    if (!Files.exists(file)) {
      writeFirst(file, UUID.randomUUID().toString());
    }
    return UUID.fromString(read(file));
  }

  /// The secret that the command line shows to the management port.
  public String adminToken() throws IOException {
    Path file = adminTokenFile(root);
    if (!Files.exists(file)) {
      byte[] token = new byte[32];
      random.nextBytes(token);
      write(file, Base64.getUrlEncoder().withoutPadding().encodeToString(token));
    }
    return read(file);
  }

  public void managementUrl(String url) throws IOException {
    write(managementFile(root), url);
  }

  /// A self-signed certificate that is kept.
  public GatewayConfig.TlsFiles selfSigned(Instant now) throws IOException {
    Path certificate = root.resolve("tls.crt");
    Path key = root.resolve("tls.key");
    if (!Files.exists(certificate) || !Files.exists(key)) {
      DevCertificate made =
          DevCertificate.create(
              List.of("localhost"),
              List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 1})),
              now.minus(Duration.ofDays(1)),
              CERTIFICATE_VALIDITY,
              random);
      write(key, made.privateKeyPem());
      write(certificate, made.certificatePem());
    }
    return new GatewayConfig.TlsFiles(certificate, key);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file).strip();
  }

  private static void write(Path file, String text) throws IOException {
    Path parent = file.getParent();
    if (parent == null) {
      throw new IOException(file + " has no directory");
    }
    Path fresh = Files.createTempFile(parent, "new", ".tmp", ownerOnly("rw-------"));
    Files.writeString(fresh, text + "\n", StandardCharsets.US_ASCII);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Unless another gateway was faster.
  private static void writeFirst(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid());
    write(fresh, text);
    try {
      Files.createLink(file, fresh);
    } catch (FileAlreadyExistsException _) {
      // It is that one's, then.
    } finally {
      Files.delete(fresh);
    }
  }

  private static FileAttribute<?>[] ownerOnly(String permissions) {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
