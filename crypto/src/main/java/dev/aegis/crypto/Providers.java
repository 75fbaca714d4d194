package dev.aegis.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.conscrypt.Conscrypt;
import org.jspecify.annotations.Nullable;

/// The JCA providers that may serve a primitive, each as an instance: what is registered in the
/// JVM, and in which order, never matters.
record Providers(@Nullable Provider corretto, @Nullable Provider conscrypt, Provider bouncyCastle) {
  /// All that this platform has.
  static Providers available() {
    return new Providers(loadCorretto(), loadConscrypt(), new BouncyCastleProvider());
  }

  /// What works on every platform.
  static Providers portable() {
    return new Providers(null, null, new BouncyCastleProvider());
  }

  List<Ed25519> ed25519() {
    List<Ed25519> candidates = new ArrayList<>();
    if (corretto != null) {
      candidates.add(new Ed25519(corretto, jdk("SunEC"), "Ed25519"));
    }
    if (conscrypt != null) {
      candidates.add(new Ed25519(conscrypt, conscrypt, "EdDSA"));
    }
    candidates.add(new Ed25519(bouncyCastle, bouncyCastle, "Ed25519"));
    candidates.add(new Ed25519(jdk("SunEC"), jdk("SunEC"), "Ed25519"));
    return candidates;
  }

  List<X25519> x25519() {
    List<X25519> candidates = new ArrayList<>();
    if (conscrypt != null) {
      candidates.add(new X25519(conscrypt, "XDH"));
    }
    candidates.add(new X25519(bouncyCastle, "X25519"));
    candidates.add(new X25519(jdk("SunEC"), "X25519"));
    return candidates;
  }

  List<MlKem768> mlKem768() {
    return List.of(new MlKem768(jdk("SunJCE")), new MlKem768(bouncyCastle));
  }

  List<RecordCipher.Implementation> records() {
    List<RecordCipher.Implementation> candidates = new ArrayList<>();
    if (conscrypt != null) {
      candidates.add(new RecordCipher.Implementation(conscrypt, "ChaCha20/Poly1305/NoPadding"));
    }
    candidates.add(new RecordCipher.Implementation(jdk("SunJCE"), "ChaCha20-Poly1305"));
    candidates.add(new RecordCipher.Implementation(bouncyCastle, "ChaCha20-Poly1305"));
    return candidates;
  }

  /// Those that may be the fastest for large records; BouncyCastle's is slower than the JDK's.
  List<RecordCipher.Implementation> largeRecords() {
    return records().stream().filter(each -> !each.provider().equals(bouncyCastle)).toList();
  }

  static String label(Provider provider) {
    return provider.getName().startsWith("Sun")
        ? "JDK " + Runtime.version().feature()
        : provider.getName() + " " + provider.getVersionStr();
  }

  private static Provider jdk(String name) {
    Provider provider = Security.getProvider(name);
    if (provider == null) {
      throw new IllegalStateException("this JDK has no " + name + " provider");
    }
    return provider;
  }

  private static @Nullable Provider loadCorretto() {
    try {
      AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
      return provider.getLoadingError() == null ? provider : null;
    } catch (LinkageError e) {
      return null; // no native library for this platform: one candidate less
    }
  }

  private static @Nullable Provider loadConscrypt() {
    try {
      return Conscrypt.isAvailable() ? Conscrypt.newProviderBuilder().build() : null;
    } catch (LinkageError e) {
      return null; // no native library for this platform: one candidate less
    }
  }
}
