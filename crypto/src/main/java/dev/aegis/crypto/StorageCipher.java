package dev.aegis.crypto;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import com.google.crypto.tink.aead.XAesGcmKey;
import com.google.crypto.tink.aead.XAesGcmParameters;
import java.security.GeneralSecurityException;
import java.util.Objects;

/// Seals what is stored, under a Tink keyset whose newest key seals and whose every key opens. The
/// key id and a random nonce are in the ciphertext; the associated data binds it to its row.
///
/// XAES-256-GCM: its 192-bit random nonces cannot run out, as the 96-bit ones of AES-GCM would at
/// 2^32 rows a key. Thread-safe.
public final class StorageCipher {
  /// Bytes of the Tink prefix (version and key id) in front of the nonce.
  public static final int PREFIX_BYTES = 5;

  /// Bytes of the random nonce behind the prefix.
  public static final int NONCE_BYTES = 24;

  private static final XAesGcmParameters SEALING =
      PredefinedAeadParameters.XAES_256_GCM_192_BIT_NONCE;

  private final Aead aead;
  private final XAesGcmKey primary;

  private StorageCipher(Aead aead, XAesGcmKey primary) {
    this.aead = aead;
    this.primary = primary;
  }

  /// A new keyset with one key, serialized in clear: the caller keeps it where only the gateway can
  /// read.
  public static byte[] newKeyset() {
    try {
      register();
      return serialize(KeysetHandle.generateNew(SEALING, RegistryConfiguration.get()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot make a keyset", e);
    }
  }

  /// The keyset with one more key, which seals from now on; what the older ones sealed still opens.
  public static byte[] rotated(byte[] keyset) {
    try {
      register();
      KeysetHandle.Builder builder = KeysetHandle.newBuilder();
      KeysetHandle old = parse(keyset);
      for (int i = 0; i < old.size(); i++) {
        KeysetHandle.Entry entry = old.getAt(i);
        builder.addEntry(KeysetHandle.importKey(entry.getKey()).withFixedId(entry.getId()));
      }
      builder.addEntry(
          KeysetHandle.generateEntryFromParameters(SEALING).withRandomId().makePrimary());
      return serialize(builder.build());
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not a keyset of this gateway", e);
    }
  }

  /// @throws IllegalArgumentException not a serialized keyset
  public static StorageCipher fromKeyset(byte[] keyset) {
    try {
      register();
      KeysetHandle handle = parse(keyset);
      Aead aead = handle.getPrimitive(RegistryConfiguration.get(), Aead.class);
      if (handle.getPrimary().getKey() instanceof XAesGcmKey primary
          && primary.getParameters().equals(SEALING)) {
        return new StorageCipher(aead, primary);
      }
      throw new IllegalArgumentException("not a keyset of this gateway");
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("not a keyset of this gateway", e);
    }
  }

  public byte[] seal(byte[] plaintext, byte[] associatedData) {
    try {
      return aead.encrypt(plaintext, associatedData);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sealing failed", e);
    }
  }

  /// For many in a row, each opened alone. For one thread.
  @AccessesPartialKey
  public StorageSealer sealer() {
    return new StorageSealer(
        primary.getOutputPrefix().toByteArray(),
        primary.getKeyBytes().toByteArray(InsecureSecretKeyAccess.get()));
  }

  /// @throws AuthenticationException altered, of another row, or of a key that is not in the keyset
  public byte[] open(byte[] sealed, byte[] associatedData) throws AuthenticationException {
    try {
      return aead.decrypt(sealed, associatedData);
    } catch (GeneralSecurityException e) {
      throw new AuthenticationException();
    }
  }

  public int primaryKeyId() {
    return Objects.requireNonNull(primary.getIdRequirementOrNull());
  }

  private static void register() throws GeneralSecurityException {
    AeadConfig.register();
  }

  private static KeysetHandle parse(byte[] keyset) throws GeneralSecurityException {
    return TinkProtoKeysetFormat.parseKeyset(
        keyset, InsecureSecretKeyAccess.get(), RegistryConfiguration.get());
  }

  private static byte[] serialize(KeysetHandle handle) throws GeneralSecurityException {
    return TinkProtoKeysetFormat.serializeKeyset(
        handle, InsecureSecretKeyAccess.get(), RegistryConfiguration.get());
  }
}
