package dev.aegis.store.audit;

import dev.aegis.crypto.SigningKey;
import dev.aegis.crypto.VerifyingKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What a page of a trail's checkpoints holds: up to where the chains had come that grew since the
/// checkpoint in front. A gateway signs the page's hash; since that covers the hash of the page in
/// front, the signature stands for all checkpoints before it too.
///
/// Its body is a version (1), the signer's Ed25519 key (32 bytes), a count, and of each head the
/// stream, the journal (int64), the number (int64), the time (int64), the hash (32 bytes).
///
/// @param key that signed it; not a copy
public record Checkpoint(byte[] key, List<Head> heads) {
  private static final byte VERSION = 1;
  private static final int KEY_BYTES = 32;
  private static final int HEAD_BYTES = 1 + 3 * Long.BYTES + Page.HASH_BYTES;
  private static final byte[] DOMAIN =
      "aegis audit checkpoint\0".getBytes(StandardCharsets.US_ASCII);

  public Checkpoint {
    heads = List.copyOf(heads);
  }

  /// A chain's last page at that moment.
  public record Head(Chain.Stream stream, long journal, long number, long atMillis, byte[] hash) {}

  public byte[] body() {
    ByteWriter out = new ByteWriter(64 + heads.size() * HEAD_BYTES);
    out.octet(VERSION);
    out.raw(key);
    out.varint(heads.size());
    for (Head head : heads) {
      out.octet((byte) head.stream.code());
      out.int8(head.journal);
      out.int8(head.number);
      out.int8(head.atMillis);
      out.raw(head.hash);
    }
    return out.bytes();
  }

  /// @throws MalformedPageException it is none
  public static Checkpoint decode(byte[] body) throws MalformedPageException {
    ByteReader in = new ByteReader(body);
    if (in.octet() != VERSION) {
      throw new MalformedPageException("it is of another version");
    }
    byte[] key = in.raw(KEY_BYTES);
    int count = in.count(in.left() / HEAD_BYTES);
    List<Head> heads = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int stream = in.octet();
      if (stream < Chain.Stream.MESSAGES.code() || stream > Chain.Stream.BEST_EFFORT.code()) {
        throw new MalformedPageException("a stream is not known");
      }
      heads.add(
          new Head(
              Chain.Stream.ofCode(stream),
              in.int8(),
              in.int8(),
              in.int8(),
              in.raw(Page.HASH_BYTES)));
    }
    if (!in.atEnd()) {
      throw new MalformedPageException("something is behind its heads");
    }
    return new Checkpoint(key, heads);
  }

  public static byte[] sign(SigningKey key, byte[] pageHash) {
    return key.sign(signed(pageHash));
  }

  public static boolean verify(VerifyingKey key, byte[] pageHash, byte[] signature) {
    return key.verify(signed(pageHash), signature);
  }

  private static byte[] signed(byte[] pageHash) {
    ByteWriter out = new ByteWriter(DOMAIN.length + pageHash.length);
    out.raw(DOMAIN);
    out.raw(pageHash);
    return out.bytes();
  }
}
