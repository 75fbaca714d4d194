package dev.aegis.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  /// The eight inputs and the tree heads that Certificate Transparency implementations are checked
  /// against.
  private static final List<String> INPUTS =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> ROOTS =
      List.of(
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  @Test
  void givesTheTreeHeadsOfCertificateTransparency() {
    MerkleTree tree = new MerkleTree();
    assertThat(tree.root())
        .isEqualTo(hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    for (int i = 0; i < INPUTS.size(); i++) {
      byte[] input = hex(INPUTS.get(i));
      tree.add(input, 0, input.length);
      assertThat(tree.root()).as("%d leaves", i + 1).isEqualTo(hex(ROOTS.get(i)));
    }
  }

  @Test
  void everyLeafOfEveryTreeIsProvenAndNoOtherIs() {
    MerkleTree tree = new MerkleTree();
    for (int size = 1; size <= 70; size++) {
      tree.add(new byte[] {(byte) size}, 0, 1);
      byte[] hashes = tree.leafHashes();
      byte[] root = tree.root();
      for (int index = 0; index < size; index++) {
        List<byte[]> path = MerkleTree.inclusionPath(hashes, size, index);
        byte[] leaf = MerkleTree.leafHash(new byte[] {(byte) (index + 1)}, 0, 1);
        assertThat(MerkleTree.verifyInclusion(leaf, index, size, path, root)).isTrue();
        assertThat(MerkleTree.verifyInclusion(new byte[32], index, size, path, root)).isFalse();
        assertThat(MerkleTree.verifyInclusion(leaf, index + 1L, size, path, root)).isFalse();
        List<byte[]> longer = new ArrayList<>(path);
        longer.add(new byte[32]);
        assertThat(MerkleTree.verifyInclusion(leaf, index, size, longer, root)).isFalse();
        if (!path.isEmpty()) {
          assertThat(
                  MerkleTree.verifyInclusion(leaf, index, size, path.subList(1, path.size()), root))
              .isFalse();
        }
      }
    }
  }

  @Test
  void isEmptyAgainAfterReset() {
    MerkleTree tree = new MerkleTree();
    tree.add(new byte[] {1}, 0, 1);
    tree.reset();
    tree.add(new byte[0], 0, 0);
    assertThat(tree.size()).isEqualTo(1);
    assertThat(tree.root()).isEqualTo(hex(ROOTS.getFirst()));
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
