package dev.aegis.crypto;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import javax.crypto.DecapsulateException;
import javax.crypto.KEM;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;

/// ML-KEM-768 (FIPS 203) by one JCA provider; a pair from a given seed by BouncyCastle.
/// Thread-safe.
public final class MlKem768 {
  public static final int ENCAPSULATION_KEY_BYTES = 1184;
  public static final int CIPHERTEXT_BYTES = 1088;
  public static final int SEED_BYTES = 64;

  private static final int Q = 3329;
  private static final int COEFFICIENT_BYTES = 1152;

  private final Provider provider;

  MlKem768(Provider provider) {
    this.provider = provider;
  }

  Provider provider() {
    return provider;
  }

  public KeyPair generate(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("ML-KEM", provider);
      generator.initialize(NamedParameterSpec.ML_KEM_768, random);
      java.security.KeyPair pair = generator.generateKeyPair();
      byte[] key = RawKeys.MLKEM768_PUBLIC.decode(pair.getPublic().getEncoded());
      PrivateKey privateKey = pair.getPrivate();
      return new KeyPair(
          key,
          ciphertext -> {
            try {
              return KEM.getInstance("ML-KEM", provider)
                  .newDecapsulator(privateKey)
                  .decapsulate(ciphertext)
                  .getEncoded();
            } catch (GeneralSecurityException e) {
              throw new InvalidKeyException("not an acceptable ML-KEM ciphertext", e);
            }
          });
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " cannot make an ML-KEM-768 pair", e);
    }
  }

  /// The pair of the 64-byte seed d ‖ z (FIPS 203, algorithm 16), for test vectors.
  public KeyPair keyPair(byte[] seed) {
    if (seed.length != SEED_BYTES) {
      throw new IllegalArgumentException("an ML-KEM seed has 64 bytes");
    }
    MLKEMPrivateKeyParameters parameters =
        new MLKEMPrivateKeyParameters(MLKEMParameters.ml_kem_768, seed.clone());
    return new KeyPair(
        parameters.getPublicKey(),
        ciphertext -> new MLKEMExtractor(parameters).extractSecret(ciphertext));
  }

  /// Encapsulates to a peer's key. All randomness (32 bytes) is taken from `random`.
  ///
  /// @throws InvalidKeyException wrong length, or a coefficient that is not below q (FIPS 203 §7.2)
  public Encapsulation encapsulate(byte[] encapsulationKey, SecureRandom random)
      throws InvalidKeyException {
    checkModulus(encapsulationKey);
    try {
      PublicKey key =
          KeyFactory.getInstance("ML-KEM", provider)
              .generatePublic(
                  new X509EncodedKeySpec(RawKeys.MLKEM768_PUBLIC.encode(encapsulationKey)));
      KEM.Encapsulated sealed =
          KEM.getInstance("ML-KEM", provider).newEncapsulator(key, null, random).encapsulate();
      return new Encapsulation(sealed.encapsulation(), sealed.key().getEncoded());
    } catch (GeneralSecurityException e) {
      throw new InvalidKeyException("not an acceptable ML-KEM-768 key", e);
    }
  }

  private static void checkModulus(byte[] key) throws InvalidKeyException {
    if (key.length != ENCAPSULATION_KEY_BYTES) {
      throw new InvalidKeyException("an ML-KEM-768 encapsulation key has 1184 bytes");
    }
    for (int i = 0; i < COEFFICIENT_BYTES; i += 3) {
      int low = (key[i] & 0xff) | ((key[i + 1] & 0x0f) << 8);
      int high = ((key[i + 1] & 0xff) >>> 4) | ((key[i + 2] & 0xff) << 4);
      if (low >= Q || high >= Q) {
        throw new InvalidKeyException("ML-KEM-768 coefficient out of range");
      }
    }
  }

  /// Ciphertext (1,088 bytes) for the owner of the key, and the 32-byte secret shared with it.
  public record Encapsulation(byte[] ciphertext, byte[] sharedSecret) {}

  private interface Decapsulation {
    byte[] decapsulate(byte[] ciphertext) throws DecapsulateException, InvalidKeyException;
  }

  /// An ephemeral pair. Thread-safe.
  public static final class KeyPair {
    private final byte[] encapsulationKey;
    private final Decapsulation decapsulation;

    private KeyPair(byte[] encapsulationKey, Decapsulation decapsulation) {
      this.encapsulationKey = encapsulationKey;
      this.decapsulation = decapsulation;
    }

    public byte[] encapsulationKey() {
      return encapsulationKey.clone();
    }

    /// The shared secret of a ciphertext; for one that was altered a secret that nobody else has
    /// (implicit rejection).
    ///
    /// @throws InvalidKeyException wrong length
    public byte[] decapsulate(byte[] ciphertext) throws InvalidKeyException {
      if (ciphertext.length != CIPHERTEXT_BYTES) {
        throw new InvalidKeyException("an ML-KEM-768 ciphertext has 1088 bytes");
      }
      try {
        return decapsulation.decapsulate(ciphertext);
      } catch (DecapsulateException e) {
        throw new InvalidKeyException("not an acceptable ML-KEM ciphertext", e);
      }
    }
  }
}
