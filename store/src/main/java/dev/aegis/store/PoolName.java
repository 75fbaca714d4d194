package dev.aegis.store;

import dev.aegis.protocol.CapabilityAddress;
import dev.aegis.protocol.CapabilityAddress.Requirement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The mailboxes in which work lies that nobody has yet: a few for each organization, so that their
/// number is bounded, and one that is full is full for some capabilities only. No agent's id looks
/// like one.
public final class PoolName {
  /// Of one organization.
  public static final int COUNT = 16;

  private static final char SEPARATOR = '#';

  private PoolName() {}

  /// The pool of an address: the same for the same capabilities, at every node.
  public static String of(String organization, CapabilityAddress wanted) {
    String names =
        wanted.requirements().stream()
            .map(Requirement::name)
            .sorted()
            .collect(Collectors.joining(","));
    return of(organization, Math.floorMod(names.hashCode(), COUNT));
  }

  private static String of(String organization, int number) {
    return CapabilityAddress.PREFIX + organization + SEPARATOR + number;
  }

  /// All of an organization.
  static List<String> all(String organization) {
    return IntStream.range(0, COUNT).mapToObj(number -> of(organization, number)).toList();
  }

  public static boolean isOne(String recipient) {
    return recipient.startsWith(CapabilityAddress.PREFIX);
  }

  /// Whose work is in it.
  public static String organization(String pool) {
    return pool.substring(CapabilityAddress.PREFIX.length(), pool.lastIndexOf(SEPARATOR));
  }
}
