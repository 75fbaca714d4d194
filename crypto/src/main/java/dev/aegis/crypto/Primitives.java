package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;

/// The primitives of one process, each by the implementation that was chosen for it at start: of
/// those that pass a self-test the one that measured fastest; for large records a second time once
/// there are many of them ([RecordCiphers]). Thread-safe.
public final class Primitives {
  private static final int RECORD_BYTES = 256;
  private static final String LARGE_RECORDS = "chacha20-poly1305 from 2 KiB";

  private final Ed25519 ed25519;
  private final X25519 x25519;
  private final MlKem768 mlKem768;
  private final RecordCiphers records;
  private final Map<String, String> choices;

  private Primitives(Providers providers) {
    Map<String, String> chosen = new ConcurrentSkipListMap<>();
    Selection selection = new Selection(chosen);
    byte[] message = new byte[256];
    this.ed25519 =
        selection.fastest(
            "ed25519",
            providers.ed25519(),
            candidate -> Providers.label(candidate.provider()),
            SelfTest::ed25519,
            candidate -> {
              SigningKey key = candidate.signingKey(new byte[Ed25519.KEY_BYTES]);
              VerifyingKey verifyingKey = key.verifyingKey();
              return () -> verifyingKey.verify(message, key.sign(message));
            });
    this.x25519 =
        selection.fastest(
            "x25519",
            providers.x25519(),
            candidate -> Providers.label(candidate.provider()),
            SelfTest::x25519,
            candidate -> {
              X25519.KeyPair pair = candidate.keyPair(message(X25519.KEY_BYTES));
              return () -> pair.agree(pair.publicKey());
            });
    this.mlKem768 =
        selection.first(
            "ml-kem-768",
            providers.mlKem768(),
            candidate -> Providers.label(candidate.provider()),
            SelfTest::mlKem);
    RecordCipher.Implementation record = record(selection, providers);
    chosen.put(LARGE_RECORDS, Providers.label(record.provider()));
    this.records =
        new RecordCiphers(
            record,
            inUse -> {
              RecordCipher.Implementation fastest =
                  RecordCipherTrial.fastest(inUse, providers.largeRecords());
              chosen.put(LARGE_RECORDS, Providers.label(fastest.provider()));
              return fastest;
            });
    this.choices = Collections.unmodifiableMap(chosen);
  }

  /// The fastest sound implementation of each that this platform has. Takes a fraction of a second:
  /// once per process.
  public static Primitives select() {
    return new Primitives(Providers.available());
  }

  /// BouncyCastle and the JDK only, which work everywhere.
  public static Primitives portable() {
    return new Primitives(Providers.portable());
  }

  /// Primitive to implementation, for people; a view of what is in use now.
  public Map<String, String> choices() {
    return choices;
  }

  public Ed25519 ed25519() {
    return ed25519;
  }

  public X25519 x25519() {
    return x25519;
  }

  public MlKem768 mlKem768() {
    return mlKem768;
  }

  /// A sealer for one direction of one session; key 32 bytes, iv 12.
  public RecordSealer recordSealer(byte[] key, byte[] iv) {
    return new RecordSealer(records, key, iv);
  }

  /// The opener that belongs to a sealer of the same key and iv.
  public RecordOpener recordOpener(byte[] key, byte[] iv) {
    return new RecordOpener(records, key, iv);
  }

  private static RecordCipher.Implementation record(Selection selection, Providers providers) {
    return selection.fastest(
        "chacha20-poly1305 below 2 KiB",
        providers.records(),
        candidate -> Providers.label(candidate.provider()),
        SelfTest::record,
        candidate -> {
          RecordSealer sealer =
              new RecordSealer(
                  RecordCiphers.only(candidate),
                  message(RecordCipher.KEY_BYTES),
                  message(RecordCipher.IV_BYTES));
          byte[] buffer = new byte[RECORD_BYTES + RecordSealer.TAG_BYTES];
          return () -> sealer.seal(buffer, 0, RECORD_BYTES);
        });
  }

  private static byte[] message(int bytes) {
    byte[] message = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      message[i] = (byte) (i + 1);
    }
    return message;
  }

  private interface Check<T> {
    void run(T candidate) throws GeneralSecurityException;
  }

  private interface Preparation<T> {
    Operation prepare(T candidate) throws GeneralSecurityException;
  }

  private interface Cost<T> {
    double of(T candidate) throws GeneralSecurityException;
  }

  private interface Operation {
    Object run() throws GeneralSecurityException;
  }

  /// Tests, then, where some are native, measures in short turns so that a pause of the machine
  /// does not decide. A wrong choice costs speed only.
  private record Selection(Map<String, String> chosen) {
    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = 1_000_000;

    /// Of candidates that are all in Java, which are not compiled yet when they would be measured:
    /// in the order in which they are given.
    <T> T first(String name, List<T> candidates, Function<T, String> label, Check<T> check) {
      return select(name, candidates, label, check, candidates::indexOf);
    }

    <T> T fastest(
        String name,
        List<T> candidates,
        Function<T, String> label,
        Check<T> check,
        Preparation<T> preparation) {
      return select(
          name, candidates, label, check, candidate -> measure(preparation.prepare(candidate)));
    }

    private <T> T select(
        String name, List<T> candidates, Function<T, String> label, Check<T> check, Cost<T> cost) {
      List<String> rejected = new ArrayList<>();
      T best = null;
      double least = Double.MAX_VALUE;
      for (T candidate : candidates) {
        try {
          check.run(candidate);
          double costs = cost.of(candidate);
          if (costs < least) {
            best = candidate;
            least = costs;
          }
        } catch (GeneralSecurityException | RuntimeException e) {
          rejected.add(label.apply(candidate) + " failed its self-test");
        }
      }
      if (best == null) {
        throw new IllegalStateException("no sound implementation of " + name + ": " + rejected);
      }
      chosen.put(
          name,
          label.apply(best) + (rejected.isEmpty() ? "" : " (" + String.join(", ", rejected) + ")"));
      return best;
    }

    private static double measure(Operation operation) throws GeneralSecurityException {
      double best = Double.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        long end = start;
        int runs = 0;
        while (end - start < ROUND_NANOS) {
          operation.run();
          runs++;
          end = System.nanoTime();
        }
        best = Math.min(best, (double) (end - start) / runs);
      }
      return best;
    }
  }
}
