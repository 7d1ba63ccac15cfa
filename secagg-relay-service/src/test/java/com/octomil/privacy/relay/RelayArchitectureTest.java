package com.octomil.privacy.relay;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.quarkus.runtime.annotations.RegisterForReflection;

/** The arrows inside the relay point one way. */
@AnalyzeClasses(
    packages = "com.octomil.privacy.relay",
    importOptions = ImportOption.DoNotIncludeTests.class)
class RelayArchitectureTest {

  @ArchTest
  static final ArchRule ARROWS =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("com.octomil.privacy.relay..")
          .layer("domain")
          .definedBy("com.octomil.privacy.relay.domain..")
          .layer("app")
          .definedBy("com.octomil.privacy.relay.app..")
          .layer("config")
          .definedBy("com.octomil.privacy.relay.config..")
          .layer("grpc")
          .definedBy("com.octomil.privacy.relay.grpc..")
          .layer("rest")
          .definedBy("com.octomil.privacy.relay.rest..")
          .layer("store")
          .definedBy("com.octomil.privacy.relay.store..")
          .layer("client")
          .definedBy("com.octomil.privacy.relay.client..")
          .whereLayer("grpc")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("rest")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("store")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("client")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("app")
          .mayOnlyBeAccessedByLayers("grpc", "rest", "store", "client")
          .whereLayer("domain")
          .mayOnlyBeAccessedByLayers("app", "grpc", "rest", "store", "client")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("app", "grpc", "rest", "store", "client");

  @ArchTest
  static final ArchRule THE_DOMAIN_IS_PLAIN_JAVA =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.relay.domain..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "jakarta..",
              "io..",
              "com.google..",
              "com.octomil.privacy.proto..",
              "com.octomil.privacy.kit..",
              "org.jboss..");

  @ArchTest
  static final ArchRule THE_USE_CASES_KNOW_NO_WIRE_AND_NO_SQL =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.relay.app..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.grpc..",
              "io.vertx..",
              "jakarta.ws..",
              "com.octomil.privacy.proto..",
              "com.google..");

  @ArchTest
  static final ArchRule NO_CIRCLES =
      slices().matching("com.octomil.privacy.relay.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule RANDOMNESS_IS_CRYPTOGRAPHIC_AND_INJECTED =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.Random")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom");

  /** JSON is read and written by reflection, which finds nothing in an image otherwise. */
  @ArchTest
  static final ArchRule RECORDS_OF_REST_ARE_KEPT_IN_NATIVE_IMAGES =
      classes()
          .that()
          .resideInAPackage("com.octomil.privacy.relay.rest..")
          .and()
          .areRecords()
          .and()
          .arePublic()
          .should()
          .beAnnotatedWith(RegisterForReflection.class);
}
