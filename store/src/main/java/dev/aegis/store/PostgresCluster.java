package dev.aegis.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The directory of one PostgreSQL cluster: made on first use, kept to one JVM by a file lock until
/// it is closed.
///
/// @param root holds the password, the port, the log and the lock, and the cluster itself in `data`
/// @param installation the server's programs
/// @param port of last time if it is free, so that tools find the server again; else any free one
record PostgresCluster(
    Path root, Path installation, String user, String password, int port, FileChannel lock)
    implements AutoCloseable {
  private static final String USER = "aegis";
  private static final int INITDB_SECONDS = 60;
  private static final FileAttribute<?> PRIVATE_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<?> PRIVATE_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /// @throws StoreException.Rejected another gateway uses the directory: the message names its
  ///   process
  static PostgresCluster open(Path home, Path binaries) throws IOException, InterruptedException {
    Path root = home.toAbsolutePath().normalize();
    Files.createDirectories(root, PRIVATE_DIRECTORY);
    FileChannel lock = lock(root);
    boolean opened = false;
    try {
      Path installation = PostgresBinaries.unpack(binaries.toAbsolutePath().normalize());
      PostgresCluster cluster =
          new PostgresCluster(
              root,
              installation,
              USER,
              password(root),
              LoopbackPort.kept(root.resolve("port")),
              lock);
      if (!Files.exists(cluster.data())) {
        cluster.initialise();
      }
      PostmasterFile.settle(cluster.data());
      opened = true;
      return cluster;
    } finally {
      if (!opened) {
        lock.close();
      }
    }
  }

  Path data() {
    return root.resolve("data");
  }

  Path log() {
    return root.resolve("postgres.log");
  }

  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /// A program of PostgreSQL over this cluster, its output appended to the log. As root it runs in
  /// a user namespace of its own, where it is nobody: PostgreSQL refuses to run as root.
  ProcessBuilder command(List<String> prefix, List<String> command) throws IOException {
    boolean asRoot =
        Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    List<String> whole = new ArrayList<>(prefix);
    whole.addAll(asRoot ? List.of("unshare", "-U") : List.of());
    whole.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(whole);
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
  }

  private static FileChannel lock(Path root) throws IOException {
    Path file = root.resolve("lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean held = false;
    try {
      held = locked(channel);
      if (!held) {
        throw new StoreException.Rejected(
            "another gateway (process "
                + Files.readString(file).strip()
                + ") uses the data directory "
                + root
                + "; stop it or choose another",
            null);
      }
      channel.truncate(0);
      String pid = ProcessHandle.current().pid() + "\n";
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
      return channel;
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
      return false; // this very JVM has it: the same answer as for another one
    }
  }

  private static String password(Path root) throws IOException {
    Path file = root.resolve("password");
    if (!Files.exists(file)) {
      byte[] random = new byte[24];
      new SecureRandom().nextBytes(random);
      Path draft = root.resolve("password.new");
      Files.deleteIfExists(draft);
      Files.createFile(draft, PRIVATE_FILE);
      Files.writeString(draft, HexFormat.of().formatHex(random));
      Files.move(draft, file);
    }
    return Files.readString(file).strip();
  }

  /// Into a draft that is moved when complete: a crash leaves no half cluster behind.
  private void initialise() throws IOException, InterruptedException {
    Path draft = root.resolve("data.new");
    PostgresBinaries.delete(draft);
    Process initdb =
        command(
                List.of(),
                List.of(
                    installation.resolve("bin/initdb").toString(),
                    "-D",
                    draft.toString(),
                    "-U",
                    user,
                    "--pwfile",
                    root.resolve("password").toString(),
                    "-A",
                    "scram-sha-256",
                    "-E",
                    "UTF8",
                    // Compares bytes: names are not sorted for reading, and indexes are faster.
                    "--locale-provider=builtin",
                    "--locale=C.UTF-8",
                    "--data-checksums"))
            .start();
    initdb.getOutputStream().close();
    if (!initdb.waitFor(INITDB_SECONDS, TimeUnit.SECONDS) || initdb.exitValue() != 0) {
      initdb.destroyForcibly();
      throw new StoreException.Rejected("initdb failed, see " + log(), null);
    }
    Files.move(draft, data());
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  /// Without the password.
  @Override
  public String toString() {
    return root + " on port " + port;
  }
}
