package com.octomil.privacy.secagg;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.SecureRandom;
import java.util.Random;

@AnalyzeClasses(
    packages = "com.octomil.privacy.secagg",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule dependsOnTheJdkAndCurveArithmeticOnly =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "com.octomil.privacy.secagg..",
              "java..",
              "javax.crypto..",
              "org.bouncycastle.math.ec..",
              "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule packagesAreFreeOfCycles =
      slices().matching("com.octomil.privacy.secagg.(*)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule byteLayoutsStandAlone =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.secagg.internal")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.octomil.privacy.secagg",
              "com.octomil.privacy.secagg.keyagreement",
              "com.octomil.privacy.secagg.graph",
              "com.octomil.privacy.secagg.secretsharing",
              "com.octomil.privacy.secagg.masking",
              "com.octomil.privacy.secagg.wire");

  @ArchTest
  static final ArchRule facadeDoesNotDependOnItsParts =
      noClasses()
          .that()
          .resideInAPackage("com.octomil.privacy.secagg")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "com.octomil.privacy.secagg.keyagreement",
              "com.octomil.privacy.secagg.graph",
              "com.octomil.privacy.secagg.secretsharing",
              "com.octomil.privacy.secagg.masking",
              "com.octomil.privacy.secagg.wire");

  @ArchTest
  static final ArchRule randomnessIsPassedIn =
      noFields().should().haveRawType(SecureRandom.class).orShould().haveRawType(Random.class);

  @ArchTest
  static final ArchRule noInsecureRandomness =
      noClasses()
          .should()
          .callConstructor(Random.class)
          .orShould()
          .callConstructor(SecureRandom.class);
}
