package com.octomil.privacy.aggregator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.security.SecureRandom;
import java.util.Random;

@AnalyzeClasses(
    packages = "com.octomil.privacy.aggregator",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String BASE = "com.octomil.privacy.aggregator.";

  @ArchTest
  static final ArchRule arrowsPointInwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("grpc")
          .definedBy(BASE + "grpc..")
          .layer("rest")
          .definedBy(BASE + "rest..")
          .layer("store")
          .definedBy(BASE + "store..")
          .layer("client")
          .definedBy(BASE + "client..")
          .layer("health")
          .definedBy(BASE + "health..")
          .layer("app")
          .definedBy(BASE + "app..")
          .layer("domain")
          .definedBy(BASE + "domain..")
          .whereLayer("grpc")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("rest")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("store")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("client")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("health")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("app")
          .mayOnlyBeAccessedByLayers("grpc", "rest", "health")
          .whereLayer("domain")
          .mayOnlyBeAccessedByLayers("grpc", "rest", "store", "client", "app");

  @ArchTest
  static final ArchRule theDomainKnowsOnlyTheJdkAndTheCore =
      noClasses()
          .that()
          .resideInAPackage(BASE + "domain..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "jakarta..",
              "io..",
              "com.google..",
              "com.fasterxml..",
              "com.octomil.privacy.proto..",
              "com.octomil.privacy.kit..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching(BASE + "(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule protoStaysAtTheEdges =
      noClasses()
          .that()
          .resideInAnyPackage(BASE + "app..", BASE + "store..", BASE + "rest..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.octomil.privacy.proto..");

  @ArchTest
  static final ArchRule randomnessIsInjected =
      noFields()
          .that()
          .areStatic()
          .should()
          .haveRawType(SecureRandom.class)
          .orShould()
          .haveRawType(Random.class);

  /** JSON is read and written by reflection, which finds nothing in an image otherwise. */
  @ArchTest
  static final ArchRule recordsOfRestAreKeptInNativeImages =
      classes()
          .that()
          .resideInAPackage("com.octomil.privacy.aggregator.rest..")
          .and()
          .areRecords()
          .and()
          .arePublic()
          .should()
          .beAnnotatedWith(RegisterForReflection.class);
}
