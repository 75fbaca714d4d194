package dev.aegis.bench;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The directions of dependency that Maven cannot see: inside a module, and towards the JDK and the
/// libraries that come along with another module. It stands here because only this module sees all
/// the others.
class ArchitectureTest {
  private static final DescribedPredicate<JavaClass> DATABASES =
      resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..", "com.zaxxer..")
          .or(resideInAPackage("io.lettuce.."))
          .as("PostgreSQL or Redis");

  private static final DescribedPredicate<JavaClass> NETWORK_AND_FILES =
      nameMatching("java\\.net\\..*(Socket|Connection|Channel).*")
          .or(nameMatching("java\\.io\\.(File|RandomAccessFile).*"))
          .<JavaClass>forSubtype()
          .or(resideInAnyPackage("java.net.http..", "java.nio.channels..", "java.nio.file.."))
          .as("the network or files");

  private static final DescribedPredicate<JavaClass> THREADS =
      nameMatching("java\\.lang\\.Thread(\\$.*)?|java\\.util\\.Timer(Task)?")
          .or(nameMatching("java\\.util\\.concurrent\\.(.*Executor.*|ForkJoin.*|Thread.*)"))
          .or(nameMatching("java\\.util\\.concurrent\\.(Completable)?Future.*"))
          .<JavaClass>forSubtype()
          .as("threads or executors");

  private static final DescribedPredicate<JavaClass> NETTY_BUT_ITS_BUFFERS =
      resideInAPackage("io.netty..")
          .and(DescribedPredicate.not(resideInAPackage("io.netty.buffer..")))
          .as("Netty, except its buffers");

  private static final DescribedPredicate<JavaClass> CLOCKS_AND_RANDOMNESS =
      nameMatching("java\\.time\\.(Clock|InstantSource)(\\$.*)?")
          .or(nameMatching("java\\.(util|security)\\.(.*\\.)?\\w*Random"))
          .<JavaClass>forSubtype()
          .as("a clock or a source of randomness of its own");

  private static final DescribedPredicate<JavaMethodCall> READING_THE_TIME =
      DescribedPredicate.describe(
          "reading the time",
          call ->
              call.getName().matches("currentTimeMillis|nanoTime")
                  || (call.getName().equals("now")
                      && call.getTargetOwner().getPackageName().equals("java.time")));

  private static JavaClasses aegis = new ClassFileImporter().importClasses();

  @BeforeAll
  static void importEveryModule() {
    aegis =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("jmh_generated"))
            .importPackages("dev.aegis");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crypto", "protocol", "store", "client", "gateway", "bench"})
  void seesEveryModule(String module) {
    assertThat(aegis.stream())
        .anyMatch(type -> type.getPackageName().equals("dev.aegis." + module));
  }

  @Test
  void cryptoTouchesNoNetworkNoFilesNoDatabase() {
    check(noClassesIn("crypto").should().dependOnClassesThat(resideInAPackage("io.netty..")));
    check(noClassesIn("crypto").should().dependOnClassesThat(DATABASES));
    check(noClassesIn("crypto").should().dependOnClassesThat(NETWORK_AND_FILES));
    check(noClassesIn("crypto").should().dependOnClassesThat(modules("protocol", "store")));
    check(noClassesIn("crypto").should().dependOnClassesThat(modules("client", "gateway")));
  }

  @Test
  void protocolHasNoChannelsNoThreadsNoInputOrOutput() {
    check(noClassesIn("protocol").should().dependOnClassesThat(NETTY_BUT_ITS_BUFFERS));
    check(noClassesIn("protocol").should().dependOnClassesThat(DATABASES));
    check(noClassesIn("protocol").should().dependOnClassesThat(NETWORK_AND_FILES));
    check(noClassesIn("protocol").should().dependOnClassesThat(THREADS));
    check(
        noClassesIn("protocol")
            .should()
            .dependOnClassesThat(modules("store", "client", "gateway")));
  }

  @Test
  void clientKnowsNeitherGatewayNorStore() {
    check(noClassesIn("client").should().dependOnClassesThat(modules("gateway", "store")));
  }

  @Test
  void storeKnowsNeitherGatewayNorClient() {
    check(noClassesIn("store").should().dependOnClassesThat(modules("gateway", "client")));
  }

  @Test
  void onlyTheCommandLineOfTheGatewayUsesTheClient() {
    check(
        noClasses()
            .that(resideInAPackage("dev.aegis.gateway.."))
            .and(DescribedPredicate.not(resideInAPackage("dev.aegis.gateway.cli..")))
            .should()
            .dependOnClassesThat(modules("client")));
  }

  @Test
  void nothingButBenchUsesBench() {
    check(
        noClasses()
            .that(DescribedPredicate.not(modules("bench")))
            .should()
            .dependOnClassesThat(modules("bench")));
  }

  @Test
  void deliveryCoreIsPure() {
    String core = "gateway.delivery";
    check(noClassesIn(core).should().dependOnClassesThat(resideInAPackage("io.netty..")));
    check(noClassesIn(core).should().dependOnClassesThat(DATABASES));
    check(noClassesIn(core).should().dependOnClassesThat(NETWORK_AND_FILES));
    check(noClassesIn(core).should().dependOnClassesThat(THREADS));
    check(noClassesIn(core).should().dependOnClassesThat(CLOCKS_AND_RANDOMNESS));
    check(noClassesIn(core).should().callMethodWhere(READING_THE_TIME));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("dev.aegis.(**)").should().beFreeOfCycles());
  }

  private static GivenClassesConjunction noClassesIn(String packageBelowRoot) {
    return noClasses().that(resideInAPackage("dev.aegis." + packageBelowRoot + ".."));
  }

  private static DescribedPredicate<JavaClass> modules(String... names) {
    String[] packages = new String[names.length];
    for (int i = 0; i < names.length; i++) {
      packages[i] = "dev.aegis." + names[i] + "..";
    }
    return resideInAnyPackage(packages);
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(aegis);
  }
}
