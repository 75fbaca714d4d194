package dev.aegis.gateway;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/// Gives test classes the sites to run over. Each is started when it is first asked for, serves all
/// classes that a JVM runs, and is stopped at its end: agents of different tests need different
/// names.
final class Sites implements ArgumentsProvider {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(Sites.class);

  @Override
  public Stream<Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext context) {
    return sites(Arrays.stream(Topology.values()), context);
  }

  private static Stream<Arguments> sites(Stream<Topology> topologies, ExtensionContext context) {
    // The root context ends with each class where classes are handed to a JVM one by one.
    ExtensionContext.Store store =
        context.getStore(ExtensionContext.StoreScope.LAUNCHER_SESSION, NAMESPACE);
    return topologies.map(
        topology -> Arguments.of(store.computeIfAbsent(topology, Sites::start, Site.class)));
  }

  private static Site start(Topology topology) {
    try {
      return Site.start(topology);
    } catch (Exception e) {
      throw new IllegalStateException("cannot start " + topology, e);
    }
  }

  /// Only where there are several nodes.
  static final class Clusters implements ArgumentsProvider {
    @Override
    public Stream<Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      return sites(
          Arrays.stream(Topology.values()).filter(topology -> topology != Topology.ALONE), context);
    }
  }
}
