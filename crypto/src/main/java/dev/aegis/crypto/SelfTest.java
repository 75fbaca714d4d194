package dev.aegis.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// What an implementation has to answer before it is used: known answers of the RFCs, and that a
/// forgery is refused. Not the test suite; the least that tells a broken or mismatched native
/// library.
final class SelfTest {
  private SelfTest() {}

  /// RFC 8032 §7.1, test 3.
  static void ed25519(Ed25519 candidate) throws GeneralSecurityException {
    SigningKey key =
        candidate.signingKey(
            hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
    byte[] message = hex("af82");
    byte[] signature = key.sign(message);
    expect(
        signature,
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    require(key.verifyingKey().verify(message, signature));
    signature[5] ^= 1;
    require(!key.verifyingKey().verify(message, signature));
  }

  /// RFC 7748 §5.2, first vector.
  static void x25519(X25519 candidate) throws GeneralSecurityException {
    X25519.KeyPair pair =
        candidate.keyPair(hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
    expect(
        pair.agree(hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  }

  /// What the candidate encapsulates, itself and BouncyCastle's seeded pair open to the same
  /// secret.
  static void mlKem(MlKem768 candidate) throws GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    for (MlKem768.KeyPair pair :
        new MlKem768.KeyPair[] {
          candidate.generate(random), candidate.keyPair(new byte[MlKem768.SEED_BYTES])
        }) {
      MlKem768.Encapsulation sealed = candidate.encapsulate(pair.encapsulationKey(), random);
      require(Arrays.equals(sealed.sharedSecret(), pair.decapsulate(sealed.ciphertext())));
    }
  }

  /// RFC 8439 §2.8.2, in place as records are, then with a bit of the tag flipped.
  static void record(RecordCipher.Implementation candidate) throws GeneralSecurityException {
    SecretKeySpec key =
        new SecretKeySpec(
            hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"), "ChaCha20");
    IvParameterSpec nonce = new IvParameterSpec(hex("070000004041424344454647"));
    byte[] associatedData = hex("50515253c0c1c2c3c4c5c6c7");
    byte[] plaintext =
        ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                + "future, sunscreen would be it.")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] buffer = Arrays.copyOf(plaintext, plaintext.length + RecordCipher.TAG_BYTES);

    Cipher cipher = Cipher.getInstance(candidate.transformation(), candidate.provider());
    cipher.init(Cipher.ENCRYPT_MODE, key, nonce);
    cipher.updateAAD(associatedData);
    require(cipher.doFinal(buffer, 0, plaintext.length, buffer, 0) == buffer.length);
    expect(Arrays.copyOf(buffer, 16), "d31a8d34648e60db7b86afbc53ef7ec2");
    expect(
        Arrays.copyOfRange(buffer, plaintext.length, buffer.length),
        "1ae10b594f09e26a7e902ecbd0600691");

    byte[] forged = buffer.clone();
    forged[forged.length - 1] ^= 1;
    cipher.init(Cipher.DECRYPT_MODE, key, nonce);
    cipher.updateAAD(associatedData);
    require(cipher.doFinal(buffer, 0, buffer.length, buffer, 0) == plaintext.length);
    require(Arrays.equals(Arrays.copyOf(buffer, plaintext.length), plaintext));
    cipher.init(Cipher.DECRYPT_MODE, key, nonce);
    cipher.updateAAD(associatedData);
    try {
      cipher.doFinal(forged, 0, forged.length, forged, 0);
    } catch (AEADBadTagException e) {
      return;
    }
    throw new GeneralSecurityException("a forged record opened");
  }

  private static void expect(byte[] actual, String hex) throws GeneralSecurityException {
    require(Arrays.equals(actual, hex(hex)));
  }

  private static void require(boolean condition) throws GeneralSecurityException {
    if (!condition) {
      throw new GeneralSecurityException("known-answer test failed");
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
